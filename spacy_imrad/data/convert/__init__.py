"""From a data set to training data: plan the whole, then write it shard by shard."""
