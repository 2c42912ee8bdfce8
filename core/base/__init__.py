"""What everything else rests on: errors, settings, atomic files, progress, SQL quoting, cancellation."""
