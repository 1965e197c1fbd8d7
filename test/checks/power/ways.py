"""What a way is: how the server comes to run code of the role regress_mallory."""

from collections.abc import Callable
from dataclasses import dataclass

from power.rules import Frame, always, never


@dataclass
class Way:
	"""A way

	label: the argument with which its code calls trap.probe()
	action: the statements that make the server run the code; {own} and {index} stand for the
		names of the session's tables and indexes
	runs_in: in which sessions the server runs the code
	skipped_in: in which sessions its answers cannot be predicted
	latches: whether the action determines the current user before the code runs; None: perhaps
	"""

	title: str
	label: str
	frame: Frame
	action: tuple
	runs_in: Callable = always
	skipped_in: Callable = never
	in_transaction: bool = True
	at_commit: bool = False  # whether the code runs at COMMIT
	latches: bool | None = False
	row_security_off: bool = False  # whether the action sets row_security = off
	leaves_cursor: bool = False  # whether a cursor is open afterwards
	deletes_model_api: bool = False  # whether the action deletes "doomed"

	# once
	create: str = ""  # by mallory
	create_as_superuser: str = ""
	drop: str = ""  # by a superuser
	# for each cell, by a superuser
	prepare_as_sibling: tuple = ()  # with the user sibling stated
	prepare: tuple = ()  # after that
	clean_up: str = ""


def way(title, frame, *action, label=None, **more):
	return Way(title, label or title, frame, action, **more)
