"""See to it that Terraform can keep its state, before anything is done: it would say so, too, but not what to do.

It needs a bucket that is there already, which can be that of several deployments. A state that is lost is a deployment
that can only be deleted by hand, so the bucket should keep old versions.
"""
import sys

from azul.aws import clients
from azul.aws.objects import Bucket
from azul.deployment import Deployment
from azul.errors import AzulError, ConfigurationError, ObjectError


def check(deployment: Deployment) -> None:
    """
    :raises ConfigurationError: if the bucket is not there, or not for us
    """
    name = deployment.backend_bucket
    try:
        there = Bucket(clients.s3(deployment, timeout=10, attempts=2), name).is_there()
    except ObjectError as error:
        raise ConfigurationError('State of Terraform', [
            f'{error}. Nothing was changed. If your credentials have expired, log in again. If not, is '
            f'AZUL_TERRAFORM_BACKEND_BUCKET a bucket of the account of AWS_PROFILE, that you may read and write?'
        ]) from error
    if not there:
        raise ConfigurationError('State of Terraform', [
            f'AZUL_TERRAFORM_BACKEND_BUCKET: there is no bucket {name}. Nothing was changed. Make one that keeps old '
            f'versions: '
            f'`aws s3 mb s3://{name} && aws s3api put-bucket-versioning --bucket {name} '
            f'--versioning-configuration Status=Enabled`'
        ])


def main() -> int:
    try:
        check(Deployment.load())
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
