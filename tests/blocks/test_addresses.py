"""What may be shown of an address, and that nothing else is."""

from __future__ import annotations

import pytest

from blocks.addresses import holds_secret, masked, public

SECRET = "hunter2-hunter2"
WITH_SECRETS = {
    f"https://me:{SECRET}@mlflow.example.org/api": "https://mlflow.example.org/api",
    f"https://{SECRET}@mlflow.example.org": "https://mlflow.example.org",
    f"https://mlflow.example.org/x?token={SECRET}": "https://mlflow.example.org/x",
    f"https://mlflow.example.org/x?a=1&X-Amz-Signature={SECRET}": "https://mlflow.example.org/x",
    f"postgresql://user:{SECRET}@db:5432/mlflow?sslmode=require": "postgresql://db:5432/mlflow",
    f"postgresql://user@db/mlflow?password={SECRET}": "postgresql://db/mlflow",
}


@pytest.mark.parametrize(("address", "shown"), WITH_SECRETS.items(), ids=range(len(WITH_SECRETS)))
def test_an_address_is_shown_without_what_is_secret_in_it(address: str, shown: str):
    assert holds_secret(address)
    assert public(address) == shown
    told = masked(f"could not connect to {address}: {SECRET} was refused", address)
    assert SECRET not in told
    assert shown in told


@pytest.mark.parametrize(
    "address",
    [
        "https://mlflow.example.org",
        "postgresql://user@db/mlflow",
        "postgresql://user@db/mlflow?sslmode=require",
        "sqlite:////home/me/.qorum/mlflow.db",
        "file:///tmp/x",
    ],
)
def test_what_holds_no_secret_is_left_alone_in_errors(address: str):
    assert not holds_secret(address)
    assert masked("it is down", address) == "it is down"
