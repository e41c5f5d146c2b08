"""Object stores: where everything lies that must survive a process."""

from blocks.object_store._base import ObjectStore
from blocks.object_store._open import open_store
from blocks.object_store.cos_bucket import CosBucket
from blocks.object_store.local_folder import LocalFolder
from blocks.object_store.s3_bucket import S3Bucket

__all__ = ["CosBucket", "LocalFolder", "ObjectStore", "S3Bucket", "open_store"]
