package dev.parley.telemetry.metrics;

import java.util.List;

/** What is counted of one listener. Each method may be called only by the event loop whose index it is given. */
public final class ListenerMetrics {
    private static final int ACCEPTED = 0;
    private static final int CLOSED = 1;
    private static final int RECEIVED = 2;
    private static final int SENT = 3;
    private static final int RECEIVED_DATAGRAMS = 4;
    private static final int SENT_DATAGRAMS = 5;
    private static final int RATE_LIMITED = 6;
    private static final int REFUSED_CONNECTIONS = 7;
    private static final int DROPS = REFUSED_CONNECTIONS + ConnectionRefusal.values().length;
    private static final int FIRST_HANDSHAKE = DROPS + Drop.values().length;
    private static final HandshakeResult[] HANDSHAKES = HandshakeResult.values();
    private static final int OUTCOMES = FIRST_HANDSHAKE + HANDSHAKES.length;

    /** Why a connection was closed before any of its bytes were used. */
    public enum ConnectionRefusal {
        LIMIT(0, "limit"),
        DENIED_RANGE(1, "denied_range"),
        PROXY_PROTOCOL(2, "proxy_protocol");

        private final int offset;
        private final String label;

        ConnectionRefusal(int offset, String label) {
            this.offset = offset;
            this.label = label;
        }
    }

    /** Why a datagram went no further. */
    public enum Drop {
        /** Its client has no session, and {@code limits.connections} are open. */
        SESSION_LIMIT(0, "session_limit"),
        /** Its client is not let in. */
        DENIED_RANGE(1, "denied_range"),
        /** Its client has no session, and the listener begins no more. */
        DRAINING(2, "draining"),
        /** No endpoint could take it; its session's decision says why. */
        NO_ENDPOINT(3, "no_endpoint"),
        /** It is larger than the network, or the system, takes in one piece towards the other side. */
        TOO_LARGE(4, "too_large"),
        /** The send buffer of the endpoint's socket is full. */
        ENDPOINT_BUSY(5, "endpoint_busy"),
        /** The send buffer of the listener's socket is full. */
        CLIENT_BUSY(6, "client_busy"),
        /** The system knows no way to the client. */
        CLIENT_UNREACHABLE(7, "client_unreachable");

        private final int offset;
        private final String label;

        Drop(int offset, String label) {
            this.offset = offset;
            this.label = label;
        }
    }

    private final String name;
    private final List<String> outcomes;
    private final List<String> refusals;
    private final Cells cells;

    ListenerMetrics(String name, int loops, List<String> outcomes, List<String> refusals) {
        this.name = name;
        this.outcomes = outcomes;
        this.refusals = refusals;
        this.cells = new Cells(loops, OUTCOMES + outcomes.size() + refusals.size());
    }

    /** A connection was accepted; {@link #closed} follows once, whatever becomes of it. */
    public void accepted(int loop) {
        cells.add(loop, ACCEPTED, 1);
    }

    /** A connection that was accepted has been closed. */
    public void closed(int loop) {
        cells.add(loop, CLOSED, 1);
    }

    /** A connection that was accepted is being closed unused. */
    public void refused(int loop, ConnectionRefusal why) {
        cells.add(loop, REFUSED_CONNECTIONS + why.offset, 1);
    }

    /** A TLS handshake with a client ended. */
    @SuppressWarnings("EnumOrdinal") // Both orders are that of the enum, and no index outlives the process.
    public void handshake(int loop, HandshakeResult result) {
        cells.add(loop, FIRST_HANDSHAKE + result.ordinal(), 1);
    }

    /** A request, connection or session was above one of the listener's rate limits. */
    public void rateLimited(int loop) {
        cells.add(loop, RATE_LIMITED, 1);
    }

    /** Bytes came from clients and went to clients. */
    public void bytes(int loop, long received, long sent) {
        cells.add(loop, RECEIVED, received);
        cells.add(loop, SENT, sent);
    }

    /** Datagrams came from clients and went to clients. */
    public void datagrams(int loop, long received, long sent) {
        cells.add(loop, RECEIVED_DATAGRAMS, received);
        cells.add(loop, SENT_DATAGRAMS, sent);
    }

    /** A datagram went no further. */
    public void dropped(int loop, Drop why) {
        cells.add(loop, DROPS + why.offset, 1);
    }

    /** Datagrams dropped for one reason, over all event loops. Any thread. */
    public long dropped(Drop why) {
        return cells.sum(DROPS + why.offset);
    }

    /**
     * A request, TCP connection or UDP session ended.
     *
     * @param outcome the index in the outcomes that the registry was made with
     */
    public void interaction(int loop, int outcome) {
        cells.add(loop, OUTCOMES + outcome, 1);
    }

    /**
     * A request was refused because of its form or size.
     *
     * @param refusal the index in the refusals that the registry was made with
     */
    public void requestRefused(int loop, int refusal) {
        cells.add(loop, OUTCOMES + outcomes.size() + refusal, 1);
    }

    /** Connections open now, over all event loops. Any thread. */
    public long connectionsOpen() {
        return cells.sum(ACCEPTED) - cells.sum(CLOSED);
    }

    /** Requests and TCP connections that ended, over all event loops and outcomes. Any thread. */
    public long interactions() {
        long sum = 0;
        for (int outcome = 0; outcome < outcomes.size(); outcome++) {
            sum += cells.sum(OUTCOMES + outcome);
        }
        return sum;
    }

    void collect(Exposition to) {
        to.add(Metric.LISTENER_CONNECTIONS, cells.sum(ACCEPTED), name);
        to.add(Metric.LISTENER_CONNECTIONS_OPEN, connectionsOpen(), name);
        for (ConnectionRefusal why : ConnectionRefusal.values()) {
            to.add(Metric.LISTENER_CONNECTIONS_REFUSED, cells.sum(REFUSED_CONNECTIONS + why.offset), name, why.label);
        }
        for (int i = 0; i < HANDSHAKES.length; i++) {
            long ended = cells.sum(FIRST_HANDSHAKE + i);
            if (ended > 0) {
                to.add(Metric.LISTENER_HANDSHAKES, ended, name, HANDSHAKES[i].code());
            }
        }
        to.add(Metric.LISTENER_RATE_LIMITED, cells.sum(RATE_LIMITED), name);
        to.add(Metric.LISTENER_RECEIVED_BYTES, cells.sum(RECEIVED), name);
        to.add(Metric.LISTENER_SENT_BYTES, cells.sum(SENT), name);
        to.add(Metric.LISTENER_RECEIVED_DATAGRAMS, cells.sum(RECEIVED_DATAGRAMS), name);
        to.add(Metric.LISTENER_SENT_DATAGRAMS, cells.sum(SENT_DATAGRAMS), name);
        for (Drop why : Drop.values()) {
            to.add(Metric.LISTENER_DROPPED_DATAGRAMS, dropped(why), name, why.label);
        }
        for (int outcome = 0; outcome < outcomes.size(); outcome++) {
            to.add(Metric.LISTENER_INTERACTIONS, cells.sum(OUTCOMES + outcome), name, outcomes.get(outcome));
        }
        int firstRefusal = OUTCOMES + outcomes.size();
        for (int refusal = 0; refusal < refusals.size(); refusal++) {
            to.add(Metric.LISTENER_REQUESTS_REFUSED, cells.sum(firstRefusal + refusal), name, refusals.get(refusal));
        }
    }
}
