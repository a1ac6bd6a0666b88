"""Programs of others that judge ours."""
