"""Projects, one shop each, and who is a member of which; what sets them apart is in ``core.base.project``.

Until a second one is made there is a single project, which everybody is in, and nothing is kept of it.
"""

from core.projects.entering import Place, enter, open_to
from core.projects.members import Member, add_member, members, remove_member
from core.projects.records import (
    Project,
    all_projects,
    create_project,
    find_project,
    rename_project,
    settings_by_id,
)

__all__ = [
    "Member",
    "Place",
    "Project",
    "add_member",
    "all_projects",
    "create_project",
    "enter",
    "find_project",
    "members",
    "open_to",
    "remove_member",
    "rename_project",
    "settings_by_id",
]
