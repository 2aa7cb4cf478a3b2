package dev.parley.wire.http1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import org.junit.jupiter.api.Test;

class RequestParserTest {
    private final Requests requests = new Requests();

    @Test
    void tellsThePartsOfAPlainRequest() {
        String text = "GET /pay/1?x=2 HTTP/1.1\r\nHost: shop.example:8080\r\nX-Odd:  a b\t \r\n\r\nBODY";

        assertThat(requests.parse(text)).isEqualTo(text.length() - 4);
        var head = requests.head;
        assertThat(head.method()).isEqualTo(Method.GET);
        assertThat(requests.text(head.methodFrom(), head.methodTo())).isEqualTo("GET");
        assertThat(requests.target()).isEqualTo("/pay/1?x=2");
        assertThat(requests.text(head.pathFrom(), head.pathTo())).isEqualTo("/pay/1");
        assertThat(requests.text(head.queryFrom(), head.queryTo())).isEqualTo("x=2");
        assertThat(requests.text(head.authorityFrom(), head.authorityTo())).isEqualTo("shop.example:8080");
        assertThat(requests.text(head.hostFrom(), head.hostTo())).isEqualTo("shop.example");
        assertThat(head.framing()).isEqualTo(Framing.NONE);
        assertThat(head.contentLength()).isEqualTo(-1);
        assertThat(head.keepAlive()).isTrue();
        assertThat(head.upgrade()).isEqualTo(-1);
        assertThat(head.bodyFrom()).isEqualTo(text.length() - 4);
        assertThat(head.fields().count()).isEqualTo(2);
        assertThat(head.fields().id(0)).isEqualTo(FieldId.HOST);
        assertThat(requests.value(1)).isEqualTo("a b");
    }
}
