package dev.parley.proxy.record;

import dev.parley.proxy.tls.TlsFacts;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A decision as one line of JSON. Fields come in a fixed order and are left out where there is nothing to say; durations
 * are in microseconds. One instance per event loop.
 *
 * <pre>{@code
 * {"time":"2026-11-21T02:05:00.123Z","id":"…32 hex…","protocol":"http/1.1","listener":"edge","client":"10.0.0.7",
 *  "tls":"TLSv1.3","sni":"pay.example","client_identity":"spiffe://example/orders","method":"GET","host":"pay.example",
 *  "target":"/pay?x=1","request_id":"…","route":"payments","service":"payments","endpoint":"10.0.1.4:9001",
 *  "outcome":"forwarded","fault":"none","reason":"…","status":200,"grpc_status":0,"cut_short":true,"attempts":1,
 *  "request_bytes":120,"response_bytes":310,"duration_us":840,"connect_us":210,"first_byte_us":790,"timeout_us":1000000}
 * }</pre>
 */
final class AccessLogFormat {
    private static final byte[] TIME = key("{\"time\":\"");
    private static final byte[] ID = key("\",\"id\":\"");
    private static final byte[] PROTOCOL = key("\",\"protocol\":\"");
    private static final byte[] LISTENER = key("\",\"listener\":\"");
    private static final byte[] CLIENT = key("\",\"client\":\"");
    private static final byte[] METHOD = key("\",\"method\":\"");
    private static final byte[] HOST = key("\",\"host\":\"");
    private static final byte[] TARGET = key("\",\"target\":\"");
    private static final byte[] REQUEST_ID = key("\",\"request_id\":\"");
    private static final byte[] ROUTE = key("\",\"route\":\"");
    private static final byte[] SERVICE = key("\",\"service\":\"");
    private static final byte[] ENDPOINT = key("\",\"endpoint\":\"");
    private static final byte[] OUTCOME = key("\",\"outcome\":\"");
    private static final byte[] FAULT = key("\",\"fault\":\"");
    private static final byte[] REASON = key("\",\"reason\":\"");
    private static final byte[] TLS = key("\",\"tls\":\"");
    private static final byte[] SERVER_NAME = key("\",\"sni\":\"");
    private static final byte[] IDENTITY = key("\",\"client_identity\":\"");
    private static final byte[] STRINGS_END = key("\"");
    private static final byte[] STATUS = key(",\"status\":");
    private static final byte[] GRPC_STATUS = key(",\"grpc_status\":");
    private static final byte[] CUT_SHORT = key(",\"cut_short\":true");
    private static final byte[] ATTEMPTS = key(",\"attempts\":");
    private static final byte[] REQUEST_BYTES = key(",\"request_bytes\":");
    private static final byte[] RESPONSE_BYTES = key(",\"response_bytes\":");
    private static final byte[] REQUEST_DATAGRAMS = key(",\"request_datagrams\":");
    private static final byte[] RESPONSE_DATAGRAMS = key(",\"response_datagrams\":");
    private static final byte[] DURATION = key(",\"duration_us\":");
    private static final byte[] CONNECT = key(",\"connect_us\":");
    private static final byte[] FIRST_BYTE = key(",\"first_byte_us\":");
    private static final byte[] TIMEOUT = key(",\"timeout_us\":");
    private static final byte[] BUDGET = key(",\"budget_us\":");
    private static final byte[] HEDGED = key(",\"hedged\":true");
    private static final byte[] NO_RETRY = key("\",\"no_retry\":\"");
    private static final byte[] LINE_END = key("}\n");

    /** Follows a target that was cut. As UTF-8 it cannot be mistaken for the client's: RFC 9112 has targets in ASCII. */
    private static final byte[] CUT_MARK = key("…");

    /** Everything but labels and the request's text: keys (541 bytes), the time, the id and twelve numbers, rounded up. */
    private static final int FIXED_BYTES = 920;

    private final Digits digits = new Digits();

    private static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A bound on the length of a decision's line. */
    static int mostBytes(Decision decision) {
        return FIXED_BYTES
                + length(decision.protocol.label())
                + length(decision.listener)
                + length(decision.noRetry)
                + length(decision.client)
                + tlsLength(decision)
                + length(decision.route)
                + length(decision.service)
                + length(decision.endpoint)
                + length(decision.outcome.code())
                + length(decision.outcome.faultCode())
                + length(decision.reason)
                + decision.requestIdTo * JsonText.MOST_PER_BYTE;
    }

    private static int tlsLength(Decision decision) {
        TlsFacts tls = decision.tls;
        int agreed = tls == null
                ? 0
                : length(tls.version())
                        + (tls.peer() == null ? 0 : length(tls.peer().name()));
        return agreed + length(decision.serverName);
    }

    private static int tls(Decision decision, byte[] to, int from) {
        TlsFacts tls = decision.tls;
        if (tls == null) {
            return put(SERVER_NAME, decision.serverName, to, from);
        }
        int at = put(TLS, tls.version(), to, from);
        at = put(SERVER_NAME, decision.serverName, to, at);
        return tls.peer() == null ? at : put(IDENTITY, tls.peer().name(), to, at);
    }

    private static int length(@Nullable Label label) {
        return label == null ? 0 : label.json().length;
    }

    /** Writes the line with its line feed, and answers where it ends. */
    int write(Decision decision, byte[] to, int from) {
        int at = put(TIME, to, from);
        at = digits.time(decision.startMs, to, at);
        at = put(ID, to, at);
        at = decision.writeId(to, at);
        at = put(PROTOCOL, decision.protocol.label(), to, at);
        at = put(LISTENER, decision.listener, to, at);
        at = put(CLIENT, decision.client, to, at);
        at = tls(decision, to, at);
        at = request(decision, to, at);
        at = put(ROUTE, decision.route, to, at);
        at = put(SERVICE, decision.service, to, at);
        at = put(ENDPOINT, decision.endpoint, to, at);
        at = put(OUTCOME, decision.outcome.code(), to, at);
        at = put(FAULT, decision.outcome.faultCode(), to, at);
        at = put(REASON, decision.reason, to, at);
        at = put(NO_RETRY, decision.noRetry, to, at);
        at = put(STRINGS_END, to, at);
        if (decision.status != 0) {
            at = put(STATUS, decision.status, to, at);
        }
        if (decision.grpcStatus >= 0) {
            at = put(GRPC_STATUS, decision.grpcStatus, to, at);
        }
        if (decision.cutShort) {
            at = put(CUT_SHORT, to, at);
        }
        at = put(ATTEMPTS, decision.attempts, to, at);
        at = put(REQUEST_BYTES, decision.requestBytes, to, at);
        at = put(RESPONSE_BYTES, decision.responseBytes, to, at);
        if (decision.protocol == Decision.Protocol.UDP) {
            at = put(REQUEST_DATAGRAMS, decision.requestDatagrams, to, at);
            at = put(RESPONSE_DATAGRAMS, decision.responseDatagrams, to, at);
        }
        at = microseconds(DURATION, decision.totalNs, to, at);
        at = microseconds(CONNECT, decision.connectNs, to, at);
        at = microseconds(FIRST_BYTE, decision.firstByteNs, to, at);
        at = microseconds(TIMEOUT, decision.timeoutNs, to, at);
        at = microseconds(BUDGET, decision.budgetNs, to, at);
        if (decision.hedged) {
            at = put(HEDGED, to, at);
        }
        return put(LINE_END, to, at);
    }

    private static int request(Decision decision, byte[] to, int from) {
        byte[] text = decision.text;
        int at = put(METHOD, text, 0, decision.methodTo, to, from);
        at = put(HOST, text, decision.methodTo, decision.hostTo, to, at);
        at = put(TARGET, text, decision.hostTo, decision.targetTo, to, at);
        if (decision.targetCut) {
            at = put(CUT_MARK, to, at);
        }
        return put(REQUEST_ID, text, decision.targetTo, decision.requestIdTo, to, at);
    }

    private static int put(byte[] constant, byte[] to, int at) {
        System.arraycopy(constant, 0, to, at, constant.length);
        return at + constant.length;
    }

    private static int put(byte[] key, @Nullable Label value, byte[] to, int at) {
        return value == null ? at : put(value.json(), to, put(key, to, at));
    }

    private static int put(byte[] key, byte[] text, int textFrom, int textTo, byte[] to, int at) {
        return textFrom == textTo ? at : JsonText.escape(text, textFrom, textTo, to, put(key, to, at));
    }

    private static int put(byte[] key, long number, byte[] to, int at) {
        return Digits.number(number, to, put(key, to, at));
    }

    private static int microseconds(byte[] key, long durationNs, byte[] to, int at) {
        return durationNs < 0 ? at : put(key, durationNs / 1000, to, at);
    }
}
