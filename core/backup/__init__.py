"""Copy everything an installation keeps while it runs, and put it back into an empty one."""

from core.backup.making import make_backup
from core.backup.restoring import check_backup, restore_backup

__all__ = ["check_backup", "make_backup", "restore_backup"]
