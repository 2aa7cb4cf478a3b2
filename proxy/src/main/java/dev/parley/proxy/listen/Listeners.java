package dev.parley.proxy.listen;

import dev.parley.model.Listener;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.loop.Transport;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.proxy.udp.UdpBinding;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * All listening sockets. A change binds what is new before anything else is touched, so that an address that cannot be had
 * leaves everything as it was; what stays keeps its sockets and its connections; what went is drained.
 *
 * <p>Not for event loops: binding waits.
 */
public final class Listeners {
    /** Connections that the kernel holds until they are accepted; it may hold fewer (net.core.somaxconn). */
    private static final int BACKLOG = 4096;

    private final List<LoopState> loops;
    private final Transport transport;
    /** Replaced whole: whoever reads addresses does so from any thread. */
    private volatile Map<String, Bound> bound = Map.of();

    private final List<Bound> draining = new ArrayList<>();

    public Listeners(List<LoopState> loops, Transport transport) {
        this.loops = List.copyOf(loops);
        this.transport = transport;
    }

    /** One address and its sockets: those that accept connections, or those that take datagrams. */
    private record Bound(ListenerSlot slot, List<Channel> sockets, Optional<UdpBinding> udp, SocketAddress address) {
        void open() {
            sockets.forEach(socket -> socket.config().setAutoRead(true));
            udp.ifPresent(UdpBinding::open);
        }

        /** It was bound for nothing, or, where it was there before, kept for nothing. */
        void cancel() {
            if (slot.draining()) {
                udp.ifPresent(UdpBinding::release);
            } else {
                closeSockets(this);
                udp.ifPresent(UdpBinding::close);
            }
        }
    }

    /** A change that is bound and not yet in force: {@link #commit} or {@link #cancel} it. */
    public final class Change {
        private final Map<String, Bound> next;
        private final List<Bound> added;
        private final Map<String, ListenerView> views;

        private Change(Map<String, Bound> next, List<Bound> added, Map<String, ListenerView> views) {
            this.next = next;
            this.added = added;
            this.views = views;
        }

        /** Puts it in force: new sockets accept, and what is gone drains, at most so long. */
        public void commit(Duration drain) {
            views.forEach((key, view) -> {
                Bound at = next.get(key);
                if (at != null) {
                    at.slot().view(view);
                }
            });
            for (Bound each : added) {
                each.open();
                draining.remove(each);
            }
            Map<String, Bound> before = bound;
            bound = next;
            before.forEach((key, each) -> {
                if (!next.containsKey(key)) {
                    Listeners.this.drain(each, drain);
                }
            });
        }

        /** Closes what was bound for it. */
        public void cancel() {
            added.forEach(Bound::cancel);
        }
    }

    /**
     * Binds what these listeners need and is not there yet.
     *
     * @throws IOException where an address cannot be had, with the listener's name and what to do; nothing has changed then
     */
    public Change prepare(Map<String, ListenerView> listeners) throws IOException {
        Map<String, Bound> next = new LinkedHashMap<>();
        Map<String, ListenerView> views = new LinkedHashMap<>();
        List<Bound> added = new ArrayList<>();
        try {
            for (ListenerView view : listeners.values()) {
                String key = key(view);
                Bound known = bound.get(key);
                if (known == null) {
                    Optional<Bound> back = comingBack(key);
                    known = back.isPresent() ? back.get() : bind(view);
                    added.add(known);
                }
                next.put(key, known);
                views.put(key, view);
            }
        } catch (IOException failed) {
            added.forEach(Bound::cancel);
            throw failed;
        }
        return new Change(next, added, views);
    }

    /** Datagram sockets that drain still have their address, and their sessions' datagrams still come to them. */
    private Optional<Bound> comingBack(String key) {
        return draining.stream()
                .filter(each -> key(each.slot().view()).equals(key))
                .filter(each -> each.udp().isPresent() && each.udp().get().hold())
                .findFirst();
    }

    /** What makes a listener the same socket. Free ports belong to the name, since no number tells them apart. */
    private static String key(ListenerView view) {
        Listener settings = view.settings();
        if (settings.unix().isPresent()) {
            return "unix:" + settings.unix().get();
        }
        int port = settings.port().orElse(0);
        String transport = settings.protocol() == Listener.Protocol.UDP ? "udp " : "";
        return transport + settings.address() + ":" + (port == 0 ? "free for " + view.name() : String.valueOf(port));
    }

    private Bound bind(ListenerView view) throws IOException {
        Listener settings = view.settings();
        ListenerSlot slot = new ListenerSlot(view, loops.size());
        if (settings.unix().isPresent()) {
            return bindUnix(slot, Path.of(settings.unix().get()));
        }
        InetAddress ip;
        try {
            ip = InetAddress.ofLiteral(settings.address());
        } catch (IllegalArgumentException notAnAddress) {
            throw new IOException(
                    "Listener " + view.name() + ": address '" + settings.address() + "' is not an IP address.",
                    notAnAddress);
        }
        InetSocketAddress wanted = new InetSocketAddress(ip, settings.port().orElse(0));
        if (settings.protocol() == Listener.Protocol.UDP) {
            return bindUdp(slot, wanted);
        }
        requireFree(view, wanted);
        List<Channel> sockets = new ArrayList<>();
        for (LoopState loop : loops) {
            ServerChannel socket = transport.server(false);
            transport.allowSharing(socket);
            try {
                bind(view, socket, wanted, new Acceptor(slot, List.of(loop)), loop);
            } catch (IOException failed) {
                sockets.forEach(Channel::close);
                throw failed;
            }
            sockets.add(socket);
            // All loops share the port that the first one got.
            wanted = (InetSocketAddress) socket.localAddress();
        }
        return new Bound(slot, sockets, Optional.empty(), wanted);
    }

    /** Whether datagram sockets of ours have this port, on whatever address, those that drain among them. */
    private boolean isOurs(int port) {
        return Stream.concat(bound.values().stream(), draining.stream())
                .flatMap(each -> each.udp().stream())
                .anyMatch(udp -> udp.address().getPort() == port && !udp.isClosed());
    }

    private Bound bindUdp(ListenerSlot slot, InetSocketAddress wanted) throws IOException {
        try {
            if (wanted.getPort() != 0 && !isOurs(wanted.getPort())) {
                UdpBinding.requireFree(wanted);
            }
            UdpBinding udp = UdpBinding.bind(slot, wanted, loops);
            return new Bound(slot, List.of(), Optional.of(udp), udp.address());
        } catch (IOException failed) {
            throw refused(slot.view(), wanted, failed);
        }
    }

    /**
     * Finds out whether somebody else listens there. Sockets that share ports, as ours do, would be bound beside another
     * Parley's without a word, and each would get a part of the traffic.
     */
    private void requireFree(ListenerView view, InetSocketAddress wanted) throws IOException {
        boolean ours = bound.values().stream()
                .filter(each -> each.udp().isEmpty())
                .anyMatch(
                        each -> each.address() instanceof InetSocketAddress inet && inet.getPort() == wanted.getPort());
        if (wanted.getPort() == 0 || ours) {
            return;
        }
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(wanted, 1);
        } catch (IOException taken) {
            throw refused(view, wanted, taken);
        }
    }

    private Bound bindUnix(ListenerSlot slot, Path path) throws IOException {
        removeStale(slot.view(), path);
        ServerChannel socket = transport.server(true);
        LoopState first = loops.getFirst();
        SocketAddress wanted = UnixDomainSocketAddress.of(path);
        bind(slot.view(), socket, transport.nativeAddress(wanted), new Acceptor(slot, loops), first);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        return new Bound(slot, List.of(socket), Optional.empty(), wanted);
    }

    /** A socket file that nobody listens on is what a killed process left. */
    private static void removeStale(ListenerView view, Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw refused(view, probe.getRemoteAddress(), new IOException("another process listens there"));
        } catch (java.net.SocketException nobody) {
            if (!Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class)
                    .isOther()) {
                throw refused(
                        view, UnixDomainSocketAddress.of(path), new IOException("a file is there that is no socket"));
            }
            Files.delete(path);
        }
    }

    private static void bind(
            ListenerView view, ServerChannel socket, SocketAddress wanted, Acceptor acceptor, LoopState loop)
            throws IOException {
        socket.config().setAutoRead(false);
        socket.config().setOption(io.netty.channel.ChannelOption.SO_REUSEADDR, !Transport.isUnix(wanted));
        socket.config().setOption(io.netty.channel.ChannelOption.SO_BACKLOG, BACKLOG);
        socket.pipeline().addLast(acceptor);
        ChannelFuture done = loop.worker().loop().register(socket).awaitUninterruptibly();
        if (done.isSuccess()) {
            done = socket.bind(wanted).awaitUninterruptibly();
        }
        if (!done.isSuccess()) {
            socket.close();
            throw refused(view, wanted, done.cause());
        }
    }

    private static IOException refused(ListenerView view, SocketAddress wanted, Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        String fix = message.contains("ermission")
                ? "Ports below 1024 need the capability CAP_NET_BIND_SERVICE."
                : message.contains("in use") || message.contains("listens")
                        ? "Another process listens there: stop it, or choose another address."
                        : "Choose an address of this machine.";
        return new IOException(
                "Listener " + view.name() + " cannot listen on " + text(wanted) + ": " + message + ". " + fix, cause);
    }

    private static String text(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
                : address.toString();
    }

    /** The address of each listener, by name, with the ports that free ones got. */
    public Map<String, SocketAddress> addresses() {
        Map<String, SocketAddress> addresses = new LinkedHashMap<>();
        bound.values().forEach(each -> addresses.put(each.slot().view().name(), each.address()));
        return addresses;
    }

    /** Connections that are open, over all listeners, also those that drain. */
    public int openConnections() {
        int open = 0;
        for (Bound each : bound.values()) {
            open += each.slot().openConnections();
        }
        for (Bound each : draining) {
            open += each.slot().openConnections();
        }
        return open;
    }

    /** Stops accepting everywhere, and has what is open finish, at most so long. */
    public void drainAll(Duration time) {
        Map<String, Bound> all = bound;
        bound = Map.of();
        all.values().forEach(each -> drain(each, time));
    }

    private void drain(Bound gone, Duration time) {
        draining.removeIf(each -> each.slot().openConnections() == 0);
        draining.add(gone);
        if (gone.udp().isPresent()) {
            gone.udp().get().drain(time);
            return;
        }
        gone.slot().startDraining();
        closeSockets(gone);
        for (LoopState loop : loops) {
            int index = loop.worker().index();
            loop.worker().loop().execute(() -> gone.slot().connections(index).forEach(Downstream::drain));
            var _ = loop.worker()
                    .loop()
                    .schedule(
                            () -> gone.slot().connections(index).forEach(Downstream::cut),
                            time.toMillis(),
                            TimeUnit.MILLISECONDS);
        }
    }

    private static void closeSockets(Bound gone) {
        gone.sockets().forEach(socket -> socket.close().awaitUninterruptibly());
        if (gone.address() instanceof UnixDomainSocketAddress unix) {
            try {
                Files.deleteIfExists(unix.getPath());
            } catch (IOException leftBehind) {
                // The next start finds it stale and removes it.
                return;
            }
        }
    }
}
