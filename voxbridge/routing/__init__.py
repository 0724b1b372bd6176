"""Which backend is tried next. Pure: a generator yields attempts and pauses, and is sent outcomes."""

from ._limits import Slot
from ._plan import Leaf, Plan, SpeechRequest, plan
from ._retry import Attempt, Outcome, Retry, Steps
from ._router import Route, Router


__all__ = ["Attempt", "Leaf", "Outcome", "Plan", "Retry", "Route", "Router", "Slot", "SpeechRequest", "Steps", "plan"]
