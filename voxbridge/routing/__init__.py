"""Which backend is tried next. Pure: a generator yields attempts and pauses, and is sent outcomes."""

from ._accounts import Standing, Visit, enter, forget_accounts, standing
from ._casting import Cast, VoiceChoice
from ._limits import Slot
from ._orders import Grounds, Order, order_of
from ._plan import Leaf, Plan, SpeechRequest, loss, plan
from ._region import check_region, region_name
from ._retry import Attempt, Outcome, Retry, Steps
from ._router import Route, Router, members


__all__ = [
    "Attempt",
    "Cast",
    "Grounds",
    "Leaf",
    "Order",
    "Outcome",
    "Plan",
    "Retry",
    "Route",
    "Router",
    "Slot",
    "SpeechRequest",
    "Standing",
    "Steps",
    "Visit",
    "VoiceChoice",
    "check_region",
    "enter",
    "forget_accounts",
    "loss",
    "members",
    "order_of",
    "plan",
    "region_name",
    "standing",
]
