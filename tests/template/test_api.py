"""The HTTP API: who gets in, and what a browser may read."""

from tests.support.template import Template, reference

FUNCTION_ROUTES = {
    "POST /api/chat": "ChatIngestFunction",
    "POST /api/chat/": "ChatIngestFunction",
    "POST /api/chat/{proxy+}": "ChatIngestFunction",
    "GET /api/chat/status/{proxy+}": "StatusFunction",
    "POST /api/chat/{task_id}/feedback": "SupportApiFunction",
    "POST /api/chat/{task_id}/feedback/": "SupportApiFunction",
    "POST /api/chat/{task_id}/feedback/{proxy+}": "SupportApiFunction",
    "ANY /api/{proxy+}": "SupportApiFunction",
    "$default": "SupportApiFunction",
    "OPTIONS /{proxy+}": "StatusFunction",
}


def test_every_route_but_the_preflight_has_the_authorizer(template: Template) -> None:
    open_routes = {
        route["RouteKey"]
        for route in template.of_type("AWS::ApiGatewayV2::Route").values()
        if route["AuthorizationType"] != "CUSTOM"
        or reference(route["AuthorizerId"]) != "Authorizer"
    }

    assert open_routes == {"OPTIONS /{proxy+}"}


def test_no_route_comes_in_by_another_way(template: Template) -> None:
    events = {name for name, function in template.functions().items() if "Events" in function}
    urls = {
        name for name, function in template.functions().items() if "FunctionUrlConfig" in function
    }

    assert events == urls == set()
    assert not template.of_type("AWS::Serverless::HttpApi")
    assert not template.of_type("AWS::Serverless::Api")
    assert not template.of_type("AWS::Lambda::Url")
    assert "Body" not in template.of_type("AWS::ApiGatewayV2::Api")["HttpApi"]


def test_the_authorizers_answer_is_never_kept(template: Template) -> None:
    authorizer = template.of_type("AWS::ApiGatewayV2::Authorizer")["Authorizer"]

    # The route is the whole cache key: kept for a second, one caller's answer is everybody's.
    assert authorizer["AuthorizerResultTtlInSeconds"] == 0
    assert authorizer["IdentitySource"] == ["$context.routeKey"]
    assert authorizer["AuthorizerType"] == "REQUEST"
    assert authorizer["EnableSimpleResponses"] is True
    assert authorizer["AuthorizerPayloadFormatVersion"] == "2.0"
    assert "AuthorizerFunction.Arn" in reference(authorizer["AuthorizerUri"])


def test_routes_reach_their_functions(template: Template) -> None:
    integrations = template.of_type("AWS::ApiGatewayV2::Integration")

    reached = {
        route["RouteKey"]: reference(
            integrations[route["Target"]["Fn::Sub"].split("{")[1].rstrip("}")]["IntegrationUri"]
        )
        for route in template.of_type("AWS::ApiGatewayV2::Route").values()
    }

    assert reached == FUNCTION_ROUTES


def test_integrations_pass_events_as_the_functions_read_them(template: Template) -> None:
    for integration in template.of_type("AWS::ApiGatewayV2::Integration").values():
        assert integration["IntegrationType"] == "AWS_PROXY"
        assert integration["PayloadFormatVersion"] == "2.0"


def test_only_this_api_may_invoke_its_functions(template: Template) -> None:
    permissions = [
        permission
        for permission in template.of_type("AWS::Lambda::Permission").values()
        if permission["Principal"] != "events.amazonaws.com"
    ]

    invoked = {reference(permission["FunctionName"]) for permission in permissions}

    assert invoked == {*FUNCTION_ROUTES.values(), "AuthorizerFunction"}
    for permission in permissions:
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert "${HttpApi}/" in permission["SourceArn"]["Fn::Sub"]


def test_browsers_may_read_what_clients_need(template: Template) -> None:
    cors = template.of_type("AWS::ApiGatewayV2::Api")["HttpApi"]["CorsConfiguration"]

    assert {
        *{"etag", "location", "retry-after", "x-correlation-id"},
        *{"ratelimit", "ratelimit-policy"},
    } <= set(cors["ExposeHeaders"])
    assert {"authorization", "content-type", "idempotency-key", "if-match", "x-api-key"} <= set(
        cors["AllowHeaders"]
    )
    # With any origin allowed, a cookie would be everybody's credential.
    assert not cors.get("AllowCredentials", False)


def test_the_stage_throttles_and_logs_without_naming_people(template: Template) -> None:
    (stage,) = template.of_type("AWS::ApiGatewayV2::Stage").values()

    settings = stage["DefaultRouteSettings"]
    assert settings["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "RequestBurst"}
    access_log = stage["AccessLogSettings"]["Format"]
    assert "$context.requestId" in access_log
    # Instead of metrics of each route, which are paid for one by one.
    assert "$context.routeKey" in access_log
    assert settings["DetailedMetricsEnabled"] is False
    for secret in ("sourceIp", "$context.path", "authorizer.principal", "userAgent"):
        assert secret not in access_log
