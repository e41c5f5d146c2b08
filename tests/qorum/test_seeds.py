"""Seeds are a function of what they are for: the same in every process and every release."""

from __future__ import annotations

import hashlib

import pytest

from qorum.backends import derive_seed


def test_a_seed_stays_the_same_across_releases():
    assert derive_seed(7, "d" * 64, "aer", 0) == 595787579
    assert derive_seed(0) == 804681139


def test_a_seed_is_the_first_31_bits_of_the_hash_of_its_parts():
    hashed = hashlib.sha256(b"7\x1faer\x1f3").hexdigest()
    assert derive_seed(7, "aer", 3) == int(hashed[:8], 16) // 2


@pytest.mark.parametrize(
    "other", [(8, "a", "bc", 1), (7, "ab", "c", 1), (7, "a", "bc", 2), (7, "bc", "a", 1), (7, "a", "bc")]
)
def test_other_parts_or_another_order_have_another_seed(other: tuple[int, ...]):
    assert derive_seed(*other) != derive_seed(7, "a", "bc", 1)


def test_seeds_are_spread_over_all_that_a_backend_takes():
    seeds = [derive_seed(1, "circuit", number) for number in range(2000)]
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert min(seeds) < 2**22
    assert max(seeds) > 2**31 - 2**22
    assert len(set(seeds)) == 2000
