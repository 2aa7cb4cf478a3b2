package dev.parley.app;

import dev.parley.cli.Running;
import dev.parley.proxy.Proxy;
import dev.parley.telemetry.admin.AdminServer;
import dev.parley.telemetry.log.LineWriter;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** Parley as it serves, and the order in which it stops: no longer ready, no more changes, drain, then the rest. */
final class RunningParley implements Running {
    private final Proxy proxy;
    private final Optional<AdminServer> admin;
    private final Optional<LineWriter> accessLog;
    private final ConfigChanges changes;
    private final Readying readiness;
    private final DurableKeys keys;
    private final Map<String, SocketAddress> listeners;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch stopped = new CountDownLatch(1);

    RunningParley(
            Proxy proxy,
            Optional<AdminServer> admin,
            Optional<LineWriter> accessLog,
            ConfigChanges changes,
            Readying readiness,
            DurableKeys keys) {
        this.proxy = proxy;
        this.admin = admin;
        this.accessLog = accessLog;
        this.changes = changes;
        this.readiness = readiness;
        this.keys = keys;
        this.listeners = proxy.addresses();
    }

    @Override
    public Map<String, SocketAddress> listeners() {
        return stopping.get() ? listeners : proxy.addresses();
    }

    @Override
    public Optional<InetSocketAddress> admin() {
        return admin.map(AdminServer::address);
    }

    @Override
    public void awaitStop() throws InterruptedException {
        stopped.await();
    }

    @Override
    public void stop() throws InterruptedException {
        if (stopping.compareAndSet(false, true)) {
            readiness.drain();
            changes.close();
            proxy.drain(changes.serving().drain());
            proxy.close();
            keys.close();
            accessLog.ifPresent(LineWriter::close);
            admin.ifPresent(AdminServer::close);
            stopped.countDown();
        }
        stopped.await();
    }
}
