"""What everything else rests on: errors, settings, atomic files, progress, SQL quoting, cancellation."""

from core.base.cores import set_thread_count

# Here, below everything, because libraries read it once, when they are loaded.
set_thread_count()
