package dev.parley.proxy.exchange;

import dev.parley.proxy.message.Reasons;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An answer of Parley's own: an RFC 9457 problem where it is one, else a redirect or a fixed answer.
 *
 * @param status the HTTP status
 * @param code the stable code of the problem; empty where this is none
 * @param detail what happened, why and what to do, for whoever reads the answer
 * @param contentType of the body
 * @param body the body; null for a problem, which is written with the decision's id
 * @param location where a redirect leads; null for none
 * @param close whether the connection cannot go on
 */
public record LocalAnswer(
        int status,
        String code,
        String detail,
        byte[] contentType,
        byte @Nullable [] body,
        byte @Nullable [] location,
        boolean close) {
    private static final byte[] NOTHING = {};

    /** Whether it is a problem, whose body is written with the decision's id. */
    public boolean problem() {
        return body == null;
    }

    /**
     * The body as it is sent.
     *
     * @param decision the id of the decision, as 32 hexadecimal digits
     */
    public byte[] content(byte[] decision) {
        if (body != null) {
            return body;
        }
        String json = "{\"type\":\"urn:parley:problem:" + code + "\",\"title\":\"" + Reasons.phrase(status)
                + "\",\"status\":" + status + ",\"detail\":\"" + escaped(detail) + "\",\"code\":\"" + code
                + "\",\"decision\":\"" + new String(decision, StandardCharsets.US_ASCII) + "\"}\n";
        return json.getBytes(StandardCharsets.UTF_8);
    }

    /** What a client of gRPC is told beside the status; empty where there is nothing to tell. */
    public String callMessage() {
        return detail.isEmpty() ? "" : code + ": " + detail;
    }

    /** Whether a body goes with its status (RFC 9110 section 6.4.1). */
    public boolean hasBody() {
        return status != 204 && status != 304;
    }

    public static LocalAnswer problem(int status, String code, String detail) {
        return new LocalAnswer(status, code, detail, NOTHING, null, null, false);
    }

    public static LocalAnswer closing(int status, String code, String detail) {
        return new LocalAnswer(status, code, detail, NOTHING, null, null, true);
    }

    public static LocalAnswer fixed(int status, byte[] contentType, byte[] body) {
        return new LocalAnswer(status, "", "", contentType, body, null, false);
    }

    public static LocalAnswer redirect(int status, byte[] location) {
        return new LocalAnswer(status, "", "", NOTHING, NOTHING, location, false);
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                escaped.append('\\').append(c);
            } else if (c < ' ') {
                escaped.append(String.format("\\u%04x", (int) c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }
}
