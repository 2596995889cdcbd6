import boto3
from moto import mock_aws

from db_migrate.secrets_manager import SecretsManagerStore


def test_a_written_secret_is_read_back() -> None:
    with mock_aws():
        client = boto3.client("secretsmanager")
        arn = client.create_secret(Name="role", SecretString="before")["ARN"]
        store = SecretsManagerStore(client)

        store.write(arn, "after")

        assert store.read(arn) == "after"
