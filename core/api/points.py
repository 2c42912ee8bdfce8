"""``GET /api/map/{source}/...``: the dots of the map of sessions, for the browser that draws them.

``places`` and ``values`` are typed arrays (``core.results.clusters.session_map.pack``), ``sessions`` the ids
in the same order, or short hashes for whoever may see none. The page asks with the moment its sessions were
written, so a browser may keep places and values; ids of sessions it may not.
"""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from core.api.base.permissions import needs
from core.audit import record
from core.base.identity import may
from core.results.clusters import session_map
from core.results.scored_sessions import ScoredSessions
from core.results.sources import find_source
from core.security.shown_ids import shown_id

BINARY = "application/octet-stream"
#: Another file has another address: nothing changes under this one.
KEEP = {"cache-control": "private, max-age=86400"}

router = APIRouter(prefix="/api/map", include_in_schema=False, dependencies=[needs("results.read")])


@router.get("/{source_id}/places")
def places(source_id: str) -> Response:
    """Return where each session lies on the map, and its cluster."""
    return Response(session_map.places(_sessions(source_id)), media_type=BINARY, headers=KEEP)


@router.get("/{source_id}/values/{colour}")
def values(source_id: str, colour: str) -> Response:
    """Return what each session is coloured by."""
    return Response(session_map.values(_sessions(source_id), colour), media_type=BINARY, headers=KEEP)


@router.get("/{source_id}/sessions")
def sessions(source_id: str) -> Response:
    """Return what the sessions are called."""
    source = find_source(source_id)
    ids = session_map.sessions(source.scored)
    if not may("ids.read"):
        return JSONResponse([shown_id(one) for one in ids])
    record("ids_downloaded", source.name, kind="map of sessions", id=source_id, sessions=len(ids))
    return JSONResponse(ids)


def _sessions(source_id: str) -> ScoredSessions:
    return find_source(source_id).scored
