"""EyeFailed: the eye could not look, or no longer, and said why."""

from edge.contract.errors import EmberwatchError


class EyeFailed(EmberwatchError):
    """Ends the watch with the eye's own words and exit code."""

    def __init__(self, problem: str, exit_code: int) -> None:
        super().__init__(problem)
        self.exit_code = exit_code
