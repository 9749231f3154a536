from alerts.models.alert import Alert, AlertStep
from alerts.models.delivery import Delivery
from alerts.models.letter import Letter
from alerts.models.mailing import Mailing
from alerts.models.pace import PaceHistory, PaceSlot, StockPace
from alerts.models.rule import AlertRule
from alerts.models.team import AlertTeam, Endpoint
from alerts.models.watch import AlertWatch

__all__ = [
    "Alert",
    "AlertRule",
    "AlertStep",
    "AlertTeam",
    "AlertWatch",
    "Delivery",
    "Endpoint",
    "Letter",
    "Mailing",
    "PaceHistory",
    "PaceSlot",
    "StockPace",
]
