# To freeze mrequests into a firmware, put into its manifest: include("path/to/mrequests/manifest.py")
metadata(description="HTTP client", version="1.0.0.dev0")  # noqa: F821
package("mrequests")  # noqa: F821
