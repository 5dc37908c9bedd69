"""Programs of the system that some tests need."""

import os
import shutil

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NGINX = shutil.which("nginx") or shutil.which("nginx", path=f"/usr/sbin{os.pathsep}/usr/local/sbin")
