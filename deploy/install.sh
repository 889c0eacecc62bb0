#!/bin/sh
# Installs this bundle without a network:  sh install.sh [FOLDER]      PYTHON=python3.12 sh install.sh takes another Python
# 离线安装：sh install.sh [目录]，缺省目录为 /opt/subsidy；PYTHON=… 指定解释器
here=$(dirname "$0")
for python in "${PYTHON:-python$(sed -n 's/^python=//p' "$here/TARGET")}" "${PYTHON:-python3}"; do
  if command -v "$python" >/dev/null 2>&1 && "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 6))' 2>/dev/null; then
    exec "$python" -I -B "$here/install.py" "$@"
  fi
done
echo "错误：没有可用的 Python：$python。请先安装，或用 PYTHON=… 指定" >&2
echo "error: there is no Python that runs: $python. Install one, or name it with PYTHON=…" >&2
exit 1
