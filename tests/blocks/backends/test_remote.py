"""What is common to vendors: the rule for a submission, and what is told of it."""

from __future__ import annotations

import pytest

from blocks.backends import backend_types
from blocks.backends._remote import Answered, NotSent, RemoteBlock, asking, scrubbed, submitted
from flows.canary import _local_backends
from qorum.errors import BackendFailed, QorumError, VendorUnreachable
from qorum.remote import Accepted, Refused, Unclear
from tasks.route import _candidates

SECRET = "p/ss w&rd"


def _raise(error: BaseException):
    raise error


def _submit(error: BaseException | None, job: str = "job"):
    return submitted(lambda: 1, lambda _: job if error is None else _raise(error), [SECRET])


@pytest.mark.parametrize("kind", [KeyError, ValueError, TypeError, OSError, TimeoutError, RuntimeError])
def test_whatever_a_library_raises_after_it_was_asked_to_send_is_unclear(kind):
    told = _submit(kind(f"cut at {SECRET}"))
    assert isinstance(told, Unclear)
    assert "cut at ***" in told.reason


@pytest.mark.parametrize("kind", [KeyError, ValueError, TypeError, OSError])
def test_whatever_is_raised_before_is_a_refusal_and_nothing_is_sent(kind):
    sent = []
    told = submitted(lambda: _raise(kind(SECRET)), lambda _: sent.append(1) or "job", [SECRET])
    assert isinstance(told, Refused)
    assert told.retry_after is None
    assert SECRET not in told.reason
    assert not sent


@pytest.mark.parametrize("status", [*range(300, 310), 408, 499, 400, 429, *range(500, 530)])
def test_the_rule_of_the_four_hundreds(status):
    refused = 400 <= status < 500 and status != 408
    assert isinstance(_submit(Answered(status, "")), Refused if refused else Unclear)


def test_an_answer_without_a_job_is_unclear_and_an_interruption_is_not_swallowed():
    assert _submit(None) == Accepted("job")
    assert isinstance(_submit(None, job=""), Unclear)
    assert _submit(NotSent("no route", 5.0)) == Refused("no route", 5.0)
    with pytest.raises(KeyboardInterrupt):
        _submit(KeyboardInterrupt())


@pytest.mark.parametrize(
    ("error", "kind", "wait"),
    [
        (Answered(403, "no"), BackendFailed, None),
        (Answered(429, "slow", 7.0), VendorUnreachable, 7.0),
        (Answered(429, "slow"), VendorUnreachable, 60.0),
        (Answered(503, "down", 1e9), VendorUnreachable, 3600.0),
        (Answered(408, "late"), VendorUnreachable, 30.0),
        (NotSent("no route"), VendorUnreachable, 30.0),
        (NotSent("no key", None), BackendFailed, None),
        (KeyError("id"), VendorUnreachable, 30.0),
    ],
)
def test_a_question_is_refused_or_asked_again(error, kind, wait):
    with pytest.raises(kind) as caught, asking("mine", [SECRET], "job"):
        raise error
    assert getattr(caught.value, "retry_after", None) == wait


def test_an_error_of_ours_passes_as_it_is():
    with pytest.raises(QorumError, match="mine"), asking("other", []):
        raise BackendFailed("mine", "because")


def test_secrets_are_hidden_plain_and_as_in_addresses_and_texts_are_one_short_line():
    assert scrubbed(f"a {SECRET}\n at x?key=p%2Fss%20w%26rd\x00", [SECRET, ""]) == "a *** at x?key=***"
    assert scrubbed("x" * 299 + SECRET, [SECRET]) == "x" * 299 + "*…"
    assert scrubbed("abc ab", ["ab", "abc"]) == "*** ***"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no https://a/b?sv=1&sig=x%2By&se=2 here", "no https://a/b?sv=1&sig=***&se=2 here"),
        ('{"uri":"https://a/b?sv=1\\u0026sig=x+y=","n":1}', '{"uri":"https://a/b?sv=1\\u0026sig=***","n":1}'),
        ("https://a/?X-Amz-Signature=0af&x=1", "https://a/?X-Amz-Signature=***&x=1"),
        ("u=https%3A%2F%2Fa%3Fsig%3Dxy", "u=https%3A%2F%2Fa%3Fsig%3D***"),
        ("a sign of life", "a sign of life"),
    ],
)
def test_signed_links_are_told_without_their_signatures(text, told):
    assert scrubbed(text, []) == told


def test_vendors_are_asked_by_name_only():
    remote = {name for name, kind in backend_types().items() if kind.is_remote}
    assert {"aws", "ionq"} <= remote
    assert all(issubclass(backend_types()[name], RemoteBlock) for name in remote)
    assert not remote & {*_candidates(demanding=True), *_local_backends()}
