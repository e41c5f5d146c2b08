#!/usr/bin/env bash
# Resolves requirements.lock. torch and what only torch pulls in stay out of it, so that pip can
# choose the build for the machine; see docs/adr/002-lock.md.
set -euo pipefail
cd "$(dirname "$0")/.."
left_out=(
    torch triton cuda-bindings cuda-pathfinder cuda-toolkit
    nvidia-{cublas,cuda-cccl,cuda-cupti,cuda-nvrtc,cuda-runtime,cudnn-cu13,cufft,cufile,curand}
    nvidia-{cusolver,cusparse,cusparselt-cu13,nccl-cu13,nvjitlink,nvshmem-cu13,nvtx}
)
.venv/bin/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
    --override <(echo 'cloudpickle>=3.1.1') --no-header --no-annotate \
    $(printf -- '--no-emit-package %s ' "${left_out[@]}") --quiet -o requirements.lock
