"""Thermometer: the board's state, read now and then."""

from edge.inference.board_state import Board, BoardState

EVERY_SECONDS = 5.0


class Thermometer:
    """Reads the board at most every few seconds: on some it is a command to run."""

    def __init__(self, board: Board | None = None) -> None:
        self._board = board or Board()
        self._due_s = float("-inf")
        self._state = BoardState()

    def read(self, now: float) -> BoardState:
        """Return the last state that was read, which may be that of this moment."""
        if now >= self._due_s:
            self._state = self._board.state()
            self._due_s = now + EVERY_SECONDS
        return self._state
