package dev.parley.testkit.http2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What came on one stream so far: informational heads, the head, data, trailers, and how it ended. */
public final class Message {
    private final int stream;
    private final List<Fields> informational = new ArrayList<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private Fields head = Fields.NONE;
    private Fields trailers = Fields.NONE;
    private boolean ended;
    private @Nullable ErrorCode reset;

    Message(int stream) {
        this.stream = stream;
    }

    void fields(Fields fields, boolean last) {
        int status = fields.status();
        if (hasHead()) {
            trailers = fields;
        } else if (status >= 100 && status < 200) {
            informational.add(fields);
        } else {
            head = fields;
        }
        ended |= last;
    }

    void data(byte[] bytes, boolean last) {
        body.writeBytes(bytes);
        ended |= last;
    }

    void reset(ErrorCode code) {
        reset = code;
    }

    public int stream() {
        return stream;
    }

    public boolean hasHead() {
        return !head.lines().isEmpty();
    }

    /** Whether END_STREAM came. */
    public boolean isWhole() {
        return ended;
    }

    /** Whether nothing more can come: it is whole, or was reset. */
    boolean isOver() {
        return ended || reset != null;
    }

    /** The code with which the other side reset the stream, where it did. */
    public Optional<ErrorCode> resetWith() {
        return Optional.ofNullable(reset);
    }

    public List<Fields> informational() {
        return List.copyOf(informational);
    }

    public Fields head() {
        return head;
    }

    public int status() {
        return head.status();
    }

    /** The first value of a field of the head, or empty text. */
    public String value(String field) {
        return head.value(field);
    }

    public Fields trailers() {
        return trailers;
    }

    public int bodyBytes() {
        return body.size();
    }

    public String body() {
        return body.toString(ISO_8859_1);
    }

    public byte[] bodyOctets() {
        return body.toByteArray();
    }

    @Override
    public String toString() {
        return "stream %d: %s, body of %d bytes, %s"
                .formatted(
                        stream, head.lines(), body.size(), reset != null ? "reset " + reset : ended ? "whole" : "open");
    }
}
