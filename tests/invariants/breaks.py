"""How each invariant was broken by hand, and which test then failed with what."""

from __future__ import annotations

from invariants.breaks_of_convergence import BREAKS_OF_CONVERGENCE
from invariants.breaks_of_processes import BREAKS_OF_PROCESSES
from invariants.breaks_of_safety import BREAKS_OF_SAFETY

BREAKS = (*BREAKS_OF_SAFETY, *BREAKS_OF_CONVERGENCE, *BREAKS_OF_PROCESSES)
