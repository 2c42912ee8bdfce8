"""What SDKs for browsers ask for before they send: that there is nothing but events here.

Each asks at the address it is given, so that this address is all a shop changes.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from core.api.collector import cross_origin

router = APIRouter(include_in_schema=False)


@router.get("/array/{key}/config")
@router.post("/flags")
@router.post("/flags/")
async def settings_of_posthog(request: Request, key: str = "") -> Response:
    """Tell ``posthog-js`` how to send."""
    answer: dict[str, Any] = {
        "supportedCompression": ["gzip-js"],
        "flags": {},
        "featureFlags": {},
        "featureFlagPayloads": {},
        "errorsWhileComputingFlags": False,
        "hasFeatureFlags": False,
        "sessionRecording": False,
        "autocapture_opt_out": True,
        "surveys": False,
        "heatmaps": False,
        "capturePerformance": False,
    }
    return JSONResponse(answer, headers=cross_origin(request))


@router.get("/array/{key}/config.js")
async def script_of_posthog(request: Request, key: str) -> Response:
    """Tell ``posthog-js`` the same as a script, which says nothing."""
    return Response("", media_type="text/javascript", headers=cross_origin(request))


@router.get("/v1/projects/{key}/settings")
async def settings_of_segment(request: Request, key: str) -> Response:
    """Tell ``@segment/analytics-next`` (its ``cdnURL``) to send here."""
    here = {"apiKey": key, "apiHost": f"{request.url.netloc}/v1", "protocol": request.url.scheme}
    return JSONResponse({"integrations": {"Segment.io": here}}, headers=cross_origin(request))


@router.get("/sourceConfig")
@router.get("/sourceConfig/")
async def settings_of_rudderstack(request: Request, writeKey: str = "") -> Response:  # noqa: N803 - their name
    """Tell ``@rudderstack/analytics-js`` (its ``configUrl``) that there is one source and no destination."""
    source = {"id": writeKey, "name": "Shop", "writeKey": writeKey, "enabled": True, "config": {}}
    return JSONResponse({"source": source | {"destinations": []}}, headers=cross_origin(request))
