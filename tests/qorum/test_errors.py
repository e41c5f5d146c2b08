"""Errors keep their fields on the way between processes."""

from __future__ import annotations

import pickle

import pytest

from qorum.errors import JobUnfinished, QorumError, StorageUnfit, VendorUnreachable


@pytest.mark.parametrize(
    ("error", "words", "fields"),
    [
        (VendorUnreachable("ibm", "no answer"), "ibm: no answer", {"backend": "ibm", "retry_after": 10.0}),
        (JobUnfinished("t" * 64, "waits"), f"job {'t' * 12}: waits", {"token": "t" * 64}),
        (StorageUnfit("s3", "no locks"), "s3: no locks", {"store": "s3", "reason": "no locks"}),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_error_is_the_same_in_another_process(error: QorumError, words: str, fields: dict[str, object]):
    found = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(found) is type(error)
    assert words in str(found)
    assert {name: getattr(found, name) for name in fields} == fields
