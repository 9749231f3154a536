from allocations.models.buffer import SafetyBuffer
from allocations.models.channel import Listing, SalesChannel
from allocations.models.contact import ChannelContact
from allocations.models.kill import Kill
from allocations.models.plan import AllocationPlan, PlanGroup, PlanLine
from allocations.models.stock import Movement, Stock
from allocations.models.stop import Stop
from allocations.models.unreported import UnreportedSales

__all__ = [
    "AllocationPlan",
    "ChannelContact",
    "Kill",
    "Listing",
    "Movement",
    "PlanGroup",
    "PlanLine",
    "SafetyBuffer",
    "SalesChannel",
    "Stock",
    "Stop",
    "UnreportedSales",
]
