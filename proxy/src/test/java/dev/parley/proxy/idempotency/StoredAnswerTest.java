package dev.parley.proxy.idempotency;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http1.ResponseParser;
import dev.parley.wire.http1.Trailers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StoredAnswerTest {
    private static ResponseHead head(String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        ResponseHead head = new ResponseHead();
        int length =
                new ResponseParser().parse(bytes, 0, bytes.length, new HeadLimits(64 << 10, 1, 100), Method.POST, head);
        assertThat(length).isEqualTo(bytes.length);
        return head;
    }

    private static StoredAnswer kept(StoredAnswer.Capture capture, @Nullable ByteBuf body) {
        return Objects.requireNonNull(StoredAnswer.read(capture.end(body).bytes()), "what was written can be read");
    }

    private static String text(ResponseHead head) {
        StringBuilder text = new StringBuilder().append(head.status());
        FieldBlock fields = head.fields();
        for (int i = 0; i < fields.count(); i++) {
            text.append(' ')
                    .append(new String(
                            fields.bytes(), fields.nameFrom(i), fields.valueTo(i) - fields.nameFrom(i), ISO_8859_1));
        }
        return text.toString();
    }

    @Test
    void keepsWhatIsSaidFromEndToEndAndTheLengthOfItsBody() {
        StoredAnswer.Capture capture = new StoredAnswer.Capture();
        capture.head(head("HTTP/1.1 201 Made\r\nSet-Cookie: a=b\r\nTransfer-Encoding: chunked\r\nKeep-Alive: 5\r\n"
                + "Connection: keep-alive\r\nETag: \"1\"\r\n\r\n"));
        StoredAnswer answer = kept(capture, Unpooled.wrappedBuffer("paid".getBytes(ISO_8859_1)));

        ResponseHead head = new ResponseHead();
        answer.head(head);

        assertThat(text(head)).isEqualTo("201 Set-Cookie: a=b ETag: \"1\" Content-Length: 4");
        assertThat(head.framing()).isEqualTo(Framing.LENGTH);
        assertThat(answer.body().toString(ISO_8859_1)).isEqualTo("paid");
        assertThat(answer.bare()).isFalse();
        assertThat(answer.trailers()).isNull();
    }

    @Test
    void keepsTrailersBehindABodyOfWhichNobodySaysTheLength() {
        byte[] lines = "grpc-status: 0\r\ngrpc-message: ok\r\n\r\n".getBytes(ISO_8859_1);
        Trailers trailers = new Trailers();
        trailers.add(ByteBuffer.wrap(lines), 0, lines.length);
        StoredAnswer.Capture capture = new StoredAnswer.Capture();
        ResponseHead of = head("HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\n\r\n");
        of.http2(true);
        capture.head(of);
        capture.trailers(trailers.fields());
        StoredAnswer answer = kept(capture, Unpooled.wrappedBuffer("call".getBytes(ISO_8859_1)));

        ResponseHead head = new ResponseHead();
        answer.head(head);

        assertThat(head.framing()).isEqualTo(Framing.CHUNKED);
        assertThat(head.http2()).isTrue();
        FieldBlock kept = Objects.requireNonNull(answer.trailers(), "there are trailers");
        assertThat(kept.count()).isEqualTo(2);
        assertThat(kept.nameIs(0, "grpc-status".getBytes(ISO_8859_1))).isTrue();
        assertThat(answer.body().toString(ISO_8859_1)).isEqualTo("call");
    }

    @Test
    void answersWithoutContentHaveNoLength() {
        StoredAnswer.Capture capture = new StoredAnswer.Capture();
        capture.head(head("HTTP/1.1 204 No Content\r\n\r\n"));
        StoredAnswer answer = kept(capture, null);

        ResponseHead head = new ResponseHead();
        answer.head(head);

        assertThat(text(head)).isEqualTo("204");
        assertThat(answer.bare()).isTrue();
    }

    @Test
    void whatInvitesToTryAgainIsToldFromWhatBroke() {
        assertThat(invites("HTTP/1.1 429 Too Many Requests\r\n\r\n")).isTrue();
        assertThat(invites("HTTP/1.1 503 Busy\r\nRetry-After: 1\r\n\r\n")).isTrue();
        assertThat(invites("HTTP/1.1 503 upstream reset\r\n\r\n")).isFalse();
        assertThat(invites("HTTP/1.1 500 Failed\r\nRetry-After: 1\r\n\r\n")).isFalse();
    }

    private static boolean invites(String text) {
        StoredAnswer.Capture capture = new StoredAnswer.Capture();
        capture.head(head(text));
        return capture.invitesRetry();
    }

    @Test
    void readsNothingButWhatItWrote() {
        StoredAnswer.Capture capture = new StoredAnswer.Capture();
        capture.head(head("HTTP/1.1 201 Made\r\nX: y\r\n\r\n"));
        byte[] bytes = capture.end(Unpooled.wrappedBuffer(new byte[] {'a'})).bytes();

        assertThat(StoredAnswer.read(bytes)).isNotNull();
        for (int length = 0; length < bytes.length; length++) {
            assertThat(StoredAnswer.read(Arrays.copyOf(bytes, length))).isNull();
        }
        byte[] later = bytes.clone();
        later[0]++;
        assertThat(StoredAnswer.read(later)).isNull();
        byte[] lengths = bytes.clone();
        lengths[2] = -1;
        assertThat(StoredAnswer.read(lengths)).isNull();
    }
}
