"""Places on the server's side that exports can be taken from: allowed folders and S3 buckets."""
