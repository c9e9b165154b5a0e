"""A stand-in for a worker of remote execution such as buildbox-worker, which runs what a test of the
rules asks for: one action at a time, without walls around it.

    python bot.py ADDRESS NAME DIRECTORY

It says when it is ready, and which actions it begins and has ended. It does not change the files of its
directory once they are there, and takes it that no action does.
"""

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from io import BytesIO

import grpc
from buildgrid._protos.build.bazel.remote.execution.v2.remote_execution_pb2 import (
    Action,
    ActionResult,
    Command,
    Digest,
    Directory,
)
from buildgrid._protos.google.devtools.remoteworkers.v1test2.bots_pb2 import (
    BotSession,
    CreateBotSessionRequest,
    UpdateBotSessionRequest,
)
from buildgrid._protos.google.devtools.remoteworkers.v1test2.bots_pb2_grpc import BotsStub
from buildgrid._protos.google.rpc import code_pb2
from buildgrid._protos.google.rpc.status_pb2 import Status
from buildgrid.server.client.cas import download, upload
from buildgrid.server.enums import BotStatus, LeaseState

# Seconds. The server counts a bot as dead that it has not heard of for the time in buildgrid.yml.
START_TIMEOUT = 60
CREATE_TIMEOUT = 3
POLL_TIMEOUT = 60
HEARTBEAT = 1
GRACE = 5


def say(*words):
    print(*words, flush=True)


class Bot:
    def __init__(self, address, name, directory):
        self.channel = grpc.insecure_channel(address)
        self.bots = BotsStub(self.channel)
        self.name = name
        self.files = os.path.join(directory, "files")
        self.root = os.path.join(directory, "root")
        self.directories = {}
        self.child = None
        os.makedirs(self.files)

    def serve(self):
        signal.signal(signal.SIGTERM, self.stop)
        grpc.channel_ready_future(self.channel).result(START_TIMEOUT)
        session = BotSession(bot_id=self.name, status=BotStatus.OK.value)
        # In so short a time it gets no lease yet.
        session = self.bots.CreateBotSession(
            CreateBotSessionRequest(bot_session=session), timeout=CREATE_TIMEOUT
        )
        say("ready")
        with ThreadPoolExecutor(1) as pool:
            while True:
                session = self.update(session)
                if session.leases:
                    self.work(pool, session)

    def update(self, session):
        """Tells the server how things are, and waits for a lease if there is none."""
        request = UpdateBotSessionRequest(name=session.name, bot_session=session)
        return self.bots.UpdateBotSession(request, timeout=POLL_TIMEOUT)

    def work(self, pool, session):
        """Does what a session has a lease for, and leaves the completed lease in the session."""
        lease = session.leases[0]
        say("begin", lease.id)
        running = pool.submit(self.execute, lease.payload)
        while wait([running], HEARTBEAT).not_done:
            session.CopyFrom(self.update(session))
            if not session.leases:
                self.signal(signal.SIGKILL)
        if session.leases:
            lease = session.leases[0]
            lease.state = LeaseState.COMPLETED.value
            result, status = running.result()
            lease.status.CopyFrom(status)
            lease.result.Pack(result)
        say("end", lease.id)

    def signal(self, number):
        """To what an action has begun, if it is at one."""
        if self.child is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.child.pid, number)

    def stop(self, *_):
        self.signal(signal.SIGKILL)
        os._exit(0)

    def execute(self, payload):
        """An action's result, and whether there is one."""
        try:
            return self.run(self.action(payload))
        except Exception as error:
            return ActionResult(), Status(code=code_pb2.INTERNAL, message=repr(error))

    def action(self, payload):
        """The action of a lease, which has it or its digest."""
        action, digest = Action(), Digest()
        if payload.Unpack(action):
            return action
        payload.Unpack(digest)
        return self.message(digest, action)

    def message(self, digest, message):
        with download(self.channel) as downloader:
            return downloader.get_message(digest, message)

    def run(self, action):
        command = self.message(action.command_digest, Command())
        cwd = os.path.join(self.root, command.working_directory)
        outputs = [*command.output_paths, *command.output_files, *command.output_directories]
        try:
            with download(self.channel) as downloader:
                self.fetch(downloader, action.input_root_digest)
            self.lay(action.input_root_digest, self.root)
            for output in outputs:
                os.makedirs(os.path.dirname(os.path.join(cwd, output)), exist_ok=True)
            stdout, stderr, status = self.start(command, cwd, action.timeout.ToSeconds() or None)
            result = ActionResult(exit_code=self.child.returncode)
            with upload(self.channel) as uploader:
                for output in outputs:
                    keep(uploader, cwd, output, result)
                result.stdout_digest.CopyFrom(uploader.put_blob(BytesIO(stdout), queue=True))
                result.stderr_digest.CopyFrom(uploader.put_blob(BytesIO(stderr), queue=True))
            return result, status
        finally:
            self.child = None
            shutil.rmtree(self.root, ignore_errors=True)

    def fetch(self, downloader, digest):
        """Gets what this bot has not got yet of a directory and of all below it."""
        directory = self.directories.get(digest.hash)
        if directory is None:
            directory = downloader.get_message(digest, Directory())
            self.directories[digest.hash] = directory
        for node in directory.files:
            path = self.file(node)
            if not os.path.exists(path):
                downloader.download_file(node.digest, path, is_executable=node.is_executable)
        for node in directory.directories:
            self.fetch(downloader, node.digest)

    def file(self, node):
        """Where a file is kept for all actions, none of which changes it."""
        return os.path.join(self.files, node.digest.hash + ("x" if node.is_executable else ""))

    def lay(self, digest, path):
        os.makedirs(path)
        directory = self.directories[digest.hash]
        for node in directory.files:
            os.link(self.file(node), os.path.join(path, node.name))
        for node in directory.symlinks:
            os.symlink(node.target, os.path.join(path, node.name))
        for node in directory.directories:
            self.lay(node.digest, os.path.join(path, node.name))

    def start(self, command, cwd, seconds):
        """Runs a command: what it writes, and whether it has ended in time."""
        self.child = subprocess.Popen(
            command.arguments,
            cwd=cwd,
            env={variable.name: variable.value for variable in command.environment_variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        code = code_pb2.OK
        for timeout, number in [(seconds, signal.SIGTERM), (GRACE, signal.SIGKILL), (None, 0)]:
            try:
                stdout, stderr = self.child.communicate(timeout=timeout)
                return stdout, stderr, Status(code=code)
            except subprocess.TimeoutExpired:
                code = code_pb2.DEADLINE_EXCEEDED
                self.signal(number)


def keep(uploader, cwd, output, result):
    """Uploads what a command has made, if it has, and names it in the result."""
    path = os.path.join(cwd, output)
    if os.path.isdir(path):
        result.output_directories.add(path=output, tree_digest=uploader.upload_tree(path))
    elif os.path.exists(path):
        is_executable = os.access(path, os.X_OK)
        digest = uploader.upload_file(path)
        result.output_files.add(path=output, digest=digest, is_executable=is_executable)


if __name__ == "__main__":
    Bot(*sys.argv[1:]).serve()
