"""What the Live page shows: who is in the shop now, how much comes in, and one visit event by event."""

from core.live.overview.shop_now import AVERAGED, SHOWN, Now, Running, now, shared_now
from core.live.overview.visit import Moment, journey

__all__ = ["AVERAGED", "SHOWN", "Moment", "Now", "Running", "journey", "now", "shared_now"]
