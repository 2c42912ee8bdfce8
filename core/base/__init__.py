"""What everything else rests on: errors, settings, atomic writes, progress, cancellation, HTML templates.

Nothing in here knows what is in an export.
"""

from core.base.libraries.cores import set_short_spins, set_thread_count

# Here, below everything, because libraries read it once, when they are loaded.
set_thread_count()
set_short_spins()
