"""Generated scenes: a fixed camera looks at a room or a yard where fire or smoke begins."""
