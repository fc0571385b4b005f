#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bent_server.py FOLDER - serves the folder's files, but for what FOLDER.bent says.

FOLDER.bent is read at each request; its lines are: part of a path, what to do with it, an argument. Missing: all is honest.
  status N        the file, under that status        file PATH   another file's bytes, with 200
  redirect URL    302                                 zeros       the right length, of nothing but zeros
  cut             the right Content-Length, half      endless     without end
  more TEXT       the whole file, then that text      hold        nothing, until FOLDER.bent is another
Prints its own address, then another one where nobody has any business. FOLDER.asked gets a line for each path asked for here,
FOLDER.elsewhere for each there.
"""

import http.server
import os
import sys
import threading
import time


def append(name, line):
    with open(name, "a") as file:
        file.write(line + "\n")


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def rule(self):
        try:
            with open(self.server.folder + ".bent") as file:
                lines = [line.split(None, 2) for line in file.read().splitlines()]
        except FileNotFoundError:
            return "", ""
        for part, what, *argument in lines:
            if part in self.path:
                return what, argument[0] if argument else ""
        return "", ""

    def answer(self, status, body, length=None, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def read(self, name):
        try:
            with open(name, "rb") as file:
                return file.read()
        except (FileNotFoundError, IsADirectoryError):
            return None

    def do_GET(self):
        append(self.server.folder + self.server.log, self.path)
        held, argument = self.rule()
        what = held
        while what == "hold":
            time.sleep(0.02)
            what, argument = self.rule()
        body = self.read(os.path.join(self.server.folder, self.path.lstrip("/")))
        if what == "file":
            body = self.read(argument)
        if what == "redirect":
            self.answer(302, b"", Location=argument)
        elif what == "status":
            self.answer(int(argument), body or b"")
        elif body is None:
            self.answer(404, b"")
        elif what == "zeros":
            self.answer(200, bytes(len(body)))
        elif what == "cut":
            self.close_connection = True
            self.answer(200, body[:len(body) // 2], len(body))
        elif what == "more":
            self.answer(200, body + argument.encode(), len(body))
        elif what == "endless":
            self.close_connection = True
            self.answer(200, body, 1 << 40)
            while True:
                self.wfile.write(body)
        else:
            self.answer(200, body)

    def handle(self):
        try:
            super().handle()
        except OSError:  # whoever asked has gone
            pass


def main():
    for log in (".asked", ".elsewhere"):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
        server.daemon_threads = True
        server.folder, server.log = sys.argv[1], log
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    threading.Event().wait()


main()
