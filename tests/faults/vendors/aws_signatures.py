"""AWS Signature Version 4, reckoned anew for a request that came in.

Source: AWS General Reference, "Create a signed AWS API request". S3 quotes a path once, all others twice.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import quote

from tests.faults.vendors.loopback import Request

_TOLD = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<scope>(?P<day>\d{8})/(?P<region>[^/]+)/(?P<service>\w+)"
    r"/aws4_request), ?SignedHeaders=(?P<signed>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


def is_signed(request: Request, keys: Mapping[str, str], token: str, service: str) -> bool:
    """Whether a request bears the signature of one of the keys, of all that matters in it."""
    told = _TOLD.fullmatch(request.headers.get("authorization", ""))
    if not told or told["id"] not in keys or told["service"] != service:
        return False
    names = told["signed"].split(";")
    needed = {"host", "x-amz-date"} | ({"x-amz-security-token"} if token else set())
    if not needed <= set(names) or request.headers.get("x-amz-security-token", "") != token:
        return False
    query = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in request.query.items()
    )
    canonical = "\n".join(
        [
            request.method,
            request.path if service == "s3" else quote(request.path, safe="/-_.~"),
            "&".join(f"{name}={value}" for name, value in query),
            *(f"{name}:{' '.join(request.headers[name].split())}" for name in names),
            "",
            told["signed"],
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    text = ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], told["scope"], _sha(canonical)]
    key = f"AWS4{keys[told['id']]}".encode()
    for part in (told["day"], told["region"], service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(
        hmac.new(key, "\n".join(text).encode(), "sha256").hexdigest(), told["signature"]
    )


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
