"""An HTTP server that bounds what peers cost: connections, requests, time."""
