"""Each vendor behind one door: Postgres, DynamoDB, SQS, S3, and the model."""
