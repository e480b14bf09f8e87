"""Submit a claim, read its state, and hear of it twice: by a verified webhook and by the stream of live events.

pip install recoup-client
python integrate.py https://gateway.example rcp_… claim-professional.json
"""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from recoup_client import Client, verify_webhook

url, key, file = sys.argv[1:]


class Receiver(BaseHTTPRequestHandler):
    """Takes one delivery; in production an https address of yours does."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        print("webhook", verify_webhook(endpoint.secret, dict(self.headers), body), body.decode())
        self.send_response(204)
        self.end_headers()


with Client(url, key) as recoup, HTTPServer(("127.0.0.1", 0), Receiver) as server:
    endpoint = recoup.make_webhook(f"http://127.0.0.1:{server.server_port}/", types=["recoup.claim.received.v1"])
    delivery = Thread(target=server.handle_request)
    delivery.start()
    sent = recoup.submit(Path(file).read_bytes())
    claim_id = sent.accepted_claims[0].claim_id
    event = next(event for event in recoup.events(last_event_id="0") if event.claim_id == claim_id)
    print("event", event.type, recoup.claim(claim_id).state)
    delivery.join(30)
    recoup.delete_webhook(endpoint.endpoint_id)
