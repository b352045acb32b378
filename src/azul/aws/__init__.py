"""AWS, or its stand-ins: boto3's errors do not get past this package."""
