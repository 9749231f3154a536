"""What planning keeps: runs of what-if."""

from planning.models.whatif import WhatIfChunk, WhatIfRun

__all__ = ["WhatIfChunk", "WhatIfRun"]
