package dev.parley.proxy.grpc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.FieldBlock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcContentTest {
    @ParameterizedTest
    @CsvSource({
        "application/grpc, 1",
        "application/grpc+proto, 1",
        "Application/GRPC; charset=x, 1",
        "application/grpc-web, 2",
        "application/grpc-web+proto, 2",
        "application/grpc-web-text, 3",
        "application/grpc-web-text+thrift, 3",
        "application/grpcx, 0",
        "application/grpc-webby, 0",
        "application/grpc-web-texts, 0",
        "application/json, 0",
        "application/grp, 0"
    })
    void kindIsThatOfTheContentType(String type, int kind) {
        byte[] bytes = type.getBytes(US_ASCII);
        assertThat(GrpcContent.of(bytes, 0, bytes.length)).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "16, 16", "12, 12", "17, 2", "99, 2", "100, 2", "-1, 2", "x, 2", "'', 2", "1 2, 2", "05, 5"})
    void statusThatIsNotKnownIsUnknown(String text, int status) {
        byte[] line = ("Grpc-Status: " + text + "\r\n").getBytes(US_ASCII);
        FieldBlock fields = new FieldBlock();
        fields.start(line);
        fields.add(0, 0, 11, 13, line.length - 2, line.length);
        assertThat(CallStatus.of(fields)).isEqualTo(status);
    }

    @Test
    void headOfGrpcWebBecomesOneOfGrpc() {
        String head = """
                POST /a.B/C HTTP/1.1\r
                Host: x\r
                content-type: application/grpc-web-text+proto\r
                X-Grpc-Web: 1\r
                accept: application/grpc-web-text\r
                Content-Length: 8\r
                x-grpc-webs: stays\r
                \r
                """;
        ByteBuf image = Unpooled.copiedBuffer(head, US_ASCII);
        ByteBuf rewritten = WebRequest.rewrite(image, GrpcContent.WEB_TEXT);
        assertThat(image.refCnt()).isZero();
        assertThat(rewritten.toString(US_ASCII)).isEqualTo("""
                POST /a.B/C HTTP/1.1\r
                Host: x\r
                Content-Type: application/grpc+proto\r
                Transfer-Encoding: chunked\r
                x-grpc-webs: stays\r
                \r
                """);
        rewritten.release();
    }
}
