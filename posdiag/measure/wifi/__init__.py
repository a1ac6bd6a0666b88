"""Wi-Fi measurements that checks share."""
