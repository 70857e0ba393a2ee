package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code /credits} and {@code /keys}. */
class ManagementTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.parse("""
            {"accounts": [
              {"id": "a", "credits": 12.5, "managementKey": "sim-manager", "keys": [{"id": "a1", "secret": "sim-a1"}]},
              {"id": "b", "keys": [{"id": "b1", "secret": "sim-b1"}]}]}
            """));

    @AfterEach
    void stop() {
        provider.close();
    }

    private HttpResponse<String> ask(String method, String path, String secret, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(provider.baseUrl() + path))
                .header("Authorization", "Bearer " + secret)
                .method(method, BodyPublishers.ofString(body))
                .build();
        return HTTP.send(request, BodyHandlers.ofString());
    }

    @Test
    void moneyIsToldWhereItIsConfigured() throws Exception {
        HttpResponse<String> told = ask("GET", "/credits", "sim-a1", "");
        assertThat(told.statusCode()).isEqualTo(200);
        assertThat(told.body()).contains("\"total_credits\":12.5");
        assertThat(ask("GET", "/credits", "sim-manager", "").statusCode()).isEqualTo(200);

        assertThat(ask("GET", "/credits", "sim-b1", "").statusCode()).isEqualTo(403);
        assertThat(ask("GET", "/credits", "sim-nobody", "").statusCode()).isEqualTo(401);
        assertThat(ask("POST", "/credits", "sim-a1", "").statusCode()).isEqualTo(405);

        provider.script(Fault.ofKey("a1", FaultKind.INSUFFICIENT_CREDITS));
        assertThat(ask("GET", "/credits", "sim-a1", "").body()).contains("\"total_usage\":12.5");
    }

    @Test
    void onlyAManagementKeyManages() throws Exception {
        assertThat(ask("GET", "/keys", "sim-a1", "").statusCode()).isEqualTo(401);
        assertThat(ask("POST", "/keys", "sim-b1", "{\"name\":\"x\"}").statusCode())
                .isEqualTo(401);
        assertThat(ask("GET", "/keys?offset=0", "sim-manager", "").body()).isEqualTo("{\"data\":[]}");
    }

    @Test
    void nonsenseIsRefused() throws Exception {
        assertThat(ask("POST", "/keys", "sim-manager", "{}").body()).contains("name is missing");
        assertThat(ask("POST", "/keys", "sim-manager", "{\"name\":\"x\",\"limit\":\"much\"}")
                        .body())
                .contains("limit is much, expected a number");
        assertThat(ask("POST", "/keys", "sim-manager", "{\"name\":\"x\",\"colour\":1}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(ask("POST", "/keys", "sim-manager", "nonsense").statusCode()).isEqualTo(400);
        assertThat(ask("PUT", "/keys", "sim-manager", "{}").statusCode()).isEqualTo(405);
        assertThat(ask("GET", "/keys/ffff", "sim-manager", "").statusCode()).isEqualTo(404);
        assertThat(ask("GET", "/keys", "sim-manager", "").body()).isEqualTo("{\"data\":[]}");
    }

    @Test
    void aKeyThatWasMadeIsCountedAndTellsItsLimit() throws Exception {
        String made = ask("POST", "/keys", "sim-manager", "{\"name\":\"x\",\"limit\":2}")
                .body();
        String secret = made.replaceAll("(?s).*\"key\":\"([^\"]+)\".*", "$1");

        assertThat(ask("GET", "/key", secret, "").body()).contains("\"limit\":2", "\"limit_remaining\":2");
        assertThat(ask(
                                "POST",
                                "/chat/completions",
                                secret,
                                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(provider.stats().key("made-1").answered(200)).isEqualTo(1);
    }
}
