package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ControlTest {

    private final ProviderSimulator provider =
            ProviderSimulator.start(Caller.config(Caller.account()).build());

    @AfterEach
    void stop() {
        provider.close();
    }

    @Test
    void faultsAreScriptedListedAndClearedOverHttp() {
        HttpResponse<String> scripted = faults("POST", "", "{\"key\":\"a-1\",\"fault\":\"500\",\"calls\":3}");
        faults("POST", "", "{\"account\":\"a\",\"fault\":\"reset\"}");
        Caller.chat(provider, Caller.body(5));

        JsonNode list = Caller.json(faults("GET", "", ""));
        assertThat(scripted.statusCode()).isEqualTo(201);
        assertThat(list).hasSize(2);
        assertThat(list.get(0).toString())
                .isEqualTo(
                        "{\"id\":\"fault-1\",\"fault\":\"server-error\",\"key\":\"a-1\",\"fired\":1,\"callsLeft\":2}");
        assertThat(faults("DELETE", "?key=a-1", "").body()).isEqualTo("{\"cleared\":1}");
        assertThat(faults("DELETE", "?id=fault-9", "").body()).isEqualTo("{\"cleared\":0}");
        assertThat(faults("DELETE", "", "").body()).isEqualTo("{\"cleared\":1}");
        assertThat(Caller.chat(provider, Caller.body(5)).statusCode()).isEqualTo(200);
    }

    @Test
    void wrongFaultIsRefusedAndNothingScripted() {
        HttpResponse<String> unknownKey = faults("POST", "", "{\"key\":\"x\",\"fault\":\"500\"}");
        HttpResponse<String> unknownField = faults("POST", "", "{\"fault\":\"500\",\"often\":true}");

        assertThat(unknownKey.statusCode()).isEqualTo(400);
        assertThat(unknownKey.body()).contains("key is 'x', expected one of the configuration");
        assertThat(unknownField.body()).contains("often is no known field");
        assertThat(faults("POST", "", "{\"key\":\"a-1\",\"account\":\"a\",\"fault\":\"500\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(faults("PUT", "", "").statusCode()).isEqualTo(405);
        assertThat(Caller.json(faults("GET", "", ""))).isEmpty();
    }

    @Test
    void statsAreTheSameOverHttp() {
        Caller.chat(provider, Caller.body(5));
        Caller.chat(provider, "nobody", Caller.body(5));

        JsonNode overHttp = Caller.json(Caller.get(provider, "/__stats", "any"));
        JsonNode inJava = Caller.json(Json.text(provider.stats()));

        for (String part : new String[] {"total", "accounts", "keys", "unknown", "startedMs"}) {
            assertThat(overHttp.get(part)).as(part).isNotNull().isEqualTo(inJava.get(part));
        }
        assertThat(overHttp.at("/keys/a-1/answered/200/count").intValue()).isEqualTo(1);
        assertThat(overHttp.at("/unknown/answered/401/count").intValue()).isEqualTo(1);
        assertThat(overHttp.toString()).doesNotContain(Caller.SECRET);
    }

    private HttpResponse<String> faults(String method, String query, String body) {
        return Caller.send(Caller.request(provider.url() + "/__faults" + query, "any")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body)));
    }
}
