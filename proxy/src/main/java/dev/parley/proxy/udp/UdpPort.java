package dev.parley.proxy.udp;

import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.listen.ListenerSlot;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.telemetry.metrics.ListenerMetrics.Drop;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * One listener on one loop: reads what clients send, many datagrams in one call, and hands each to its client's session;
 * sends what endpoints answer, all of one turn of the loop in one call.
 *
 * <p>The kernel chooses among the sockets that share a port by the addresses of both sides (SO_REUSEPORT, socket(7)), so that a
 * client stays with one loop, and each loop has a table of its own. That holds while the number of sockets does: they are bound
 * together before any is read, and closed together after the last session of all.
 */
final class UdpPort implements DatagramReader {
    private final LoopState loop;
    private final ListenerSlot slot;
    private final Runnable emptied;
    private final Datagrams datagrams;
    private final ClientSocket socket;
    private final Inbox inbox = new Inbox();
    private final Outbox outbox = new Outbox();
    private final SessionTable<UdpSession> sessions;
    private final Runnable flush = this::turnEnded;
    private boolean flushDue;
    private volatile boolean closed;

    /** @param emptied told when the last session of the whole listener is over; called on the loop */
    UdpPort(LoopState loop, ListenerSlot slot, InetSocketAddress wanted, long seed, Runnable emptied)
            throws IOException {
        this.loop = loop;
        this.slot = slot;
        this.emptied = emptied;
        this.sessions = new SessionTable<>(seed);
        this.datagrams = Datagrams.of(loop.worker());
        try {
            this.socket = datagrams.bind(wanted);
        } catch (IOException failed) {
            inbox.free();
            outbox.free();
            throw failed;
        }
    }

    InetSocketAddress address() {
        return socket.address();
    }

    LoopState loop() {
        return loop;
    }

    Datagrams datagrams() {
        return datagrams;
    }

    ListenerView view() {
        return slot.view();
    }

    /** Any thread. */
    boolean isClosed() {
        return closed;
    }

    /** Begins to read. On the loop. */
    void open() {
        try {
            socket.read(this);
        } catch (IOException failed) {
            loop.socketFailed("listener", failed);
        }
    }

    @Override
    public void readable() {
        loop.worker().beginEvent();
        // Once: where more is waiting the loop comes back, after its other sockets have had their turn.
        int count = socket.receive(inbox);
        ListenerView view = slot.view();
        for (int i = 0; i < count; i++) {
            received(view, i);
        }
    }

    @SuppressWarnings("ReferenceEquality") // Another configuration is another view.
    private void received(ListenerView view, int i) {
        UdpSession session = sessions.find(inbox.high[i], inbox.low[i], inbox.tail[i]);
        if (session == null) {
            begin(view, i);
        } else if (session.view() == view || session.readmit(view)) {
            session.fromClient(inbox, i);
        } else {
            dropped(Drop.DENIED_RANGE);
        }
    }

    private void begin(ListenerView view, int i) {
        if (slot.draining()) {
            dropped(Drop.DRAINING);
            return;
        }
        InetSocketAddress client = inbox.sender(i);
        if (!view.admits(client.getAddress())) {
            dropped(Drop.DENIED_RANGE);
            return;
        }
        if (!slot.tryOpen()) {
            dropped(Drop.SESSION_LIMIT);
            return;
        }
        view.metrics().accepted(loop.worker().index());
        UdpSession session = new UdpSession(this, view, client, inbox.high[i], inbox.low[i], inbox.tail[i]);
        sessions.add(session);
        session.begin();
        session.fromClient(inbox, i);
    }

    void dropped(Drop why) {
        slot.view().metrics().dropped(loop.worker().index(), why);
    }

    /** Where an answer is put; {@link #answered} follows where there is one. */
    Outbox outbox() {
        if (!outbox.hasRoom()) {
            flush();
        }
        return outbox;
    }

    /** An answer was put at the end of the outbox: it leaves with all others of this turn. */
    void answered(UdpSession session, int length) {
        outbox.add(session, length);
        if (!flushDue) {
            flushDue = true;
            loop.worker().loop().execute(flush);
        }
    }

    private void turnEnded() {
        flushDue = false;
        if (!closed) {
            flush();
        }
    }

    private void flush() {
        int at = 0;
        while (at < outbox.count()) {
            int sent = socket.send(outbox, at);
            for (int i = 0; i < sent; i++) {
                outbox.session(at + i).sent(outbox.lengths[at + i]);
            }
            if (sent > 0) {
                at += sent;
            } else {
                at += drop(sent, outbox.count() - at);
            }
        }
        outbox.clear();
    }

    /** What of the rest is given up: all where the socket takes no more now, else the one that it would not take. */
    private int drop(int code, int rest) {
        int given = code == Code.AGAIN ? rest : 1;
        Drop why = code == Code.AGAIN
                ? Drop.CLIENT_BUSY
                : code == Code.TOO_LARGE ? Drop.TOO_LARGE : Drop.CLIENT_UNREACHABLE;
        for (int i = 0; i < given; i++) {
            dropped(why);
        }
        return given;
    }

    /** A session is over, its last answers are sent, and it is forgotten. */
    void ended(UdpSession session) {
        sessions.remove(session);
        session.metrics().closed(loop.worker().index());
        if (slot.release() == 0 && slot.draining()) {
            emptied.run();
        }
    }

    /** Sends what is waiting, for a session that ends. */
    void flushNow() {
        if (outbox.count() > 0) {
            flush();
        }
    }

    /** The time to drain is up. */
    void cut() {
        loop.worker().beginEvent();
        sessions.forEach(UdpSession::cut);
    }

    /** Cuts what is left and closes the socket. On the loop; more than once is once. */
    void close() {
        if (closed) {
            return;
        }
        cut();
        socket.close();
        closed = true;
        inbox.free();
        outbox.free();
    }
}
