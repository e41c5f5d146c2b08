pytest_plugins = ["tests.contracts.s3_server"]
