package dev.parley.proxy.udp;

import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.listen.ListenerSlot;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A UDP listener's sockets on all loops, as one thing.
 *
 * <p>Datagrams of live sessions arrive at the same sockets as those of new clients, so that draining closes nothing: live
 * sessions go on, what others send is dropped and counted, and the sockets are closed, all together, after the last session or
 * when the time is up. Until then the address is still taken; a listener that comes back to it takes these sockets over.
 */
public final class UdpBinding {
    private enum State {
        BOUND,
        SERVING,
        DRAINING,
        CLOSED
    }

    private final ListenerSlot slot;
    private final List<UdpPort> ports = new ArrayList<>();
    private State state = State.BOUND;
    private boolean held;
    /** Counts drains, so that the end of one that was called off cuts nothing. */
    private int drains;

    private UdpBinding(ListenerSlot slot) {
        this.slot = slot;
    }

    /**
     * Finds out whether somebody else takes datagrams there. Sockets that share ports, as ours do, would be bound beside
     * another Parley's, and each would get a part of the clients.
     *
     * @throws IOException where the address cannot be had
     */
    public static void requireFree(InetSocketAddress wanted) throws IOException {
        boolean ipv6 = wanted.getAddress() instanceof Inet6Address;
        try (DatagramChannel probe =
                DatagramChannel.open(ipv6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET)) {
            probe.bind(wanted);
        }
    }

    /**
     * Binds a socket for each loop; nothing is read yet.
     *
     * @throws IOException where the address cannot be had
     */
    public static UdpBinding bind(ListenerSlot slot, InetSocketAddress wanted, List<LoopState> loops)
            throws IOException {
        UdpBinding binding = new UdpBinding(slot);
        InetSocketAddress at = wanted;
        try {
            for (LoopState loop : loops) {
                UdpPort port = new UdpPort(loop, slot, at, loop.random().nextLong(), binding::emptied);
                binding.ports.add(port);
                // All loops share the port that the first one got.
                at = port.address();
            }
        } catch (IOException failed) {
            binding.close();
            throw failed;
        }
        return binding;
    }

    public InetSocketAddress address() {
        return ports.getFirst().address();
    }

    /** Whether the address is free again: each socket is closed, and not only about to be. */
    public boolean isClosed() {
        return ports.stream().allMatch(UdpPort::isClosed);
    }

    /** Serves from now on: for the first time, or again after {@link #hold}. */
    public synchronized void open() {
        held = false;
        drains++;
        if (state == State.BOUND) {
            ports.forEach(port -> onLoop(port, port::open));
        }
        state = State.SERVING;
        slot.stopDraining();
    }

    /** Keeps a binding that drains from closing, for one who wants it back; false where it is closed. */
    public synchronized boolean hold() {
        held = state == State.DRAINING;
        return held;
    }

    /** It is not wanted after all: goes on draining. */
    public synchronized void release() {
        held = false;
        emptied();
    }

    /** Begins no more sessions; those that live have so long. */
    public synchronized void drain(Duration time) {
        state = State.DRAINING;
        slot.startDraining();
        int drain = ++drains;
        if (slot.openConnections() == 0 || time.isZero()) {
            close();
            return;
        }
        var _ = ports.getFirst()
                .loop()
                .worker()
                .loop()
                .schedule(() -> timeIsUp(drain), time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private synchronized void timeIsUp(int drain) {
        if (state == State.DRAINING && drain == drains) {
            ports.forEach(port -> onLoop(port, port::cut));
        }
    }

    /** The last session may be over. From any loop. */
    private synchronized void emptied() {
        if (state == State.DRAINING && !held && slot.openConnections() == 0) {
            close();
        }
    }

    /** Closes the sockets, and cuts what is left. */
    public synchronized void close() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            ports.forEach(port -> onLoop(port, port::close));
        }
    }

    private static void onLoop(UdpPort port, Runnable task) {
        try {
            port.loop().worker().loop().execute(task);
        } catch (RejectedExecutionException ended) {
            // The loop has ended, and its sockets with it.
            return;
        }
    }
}
