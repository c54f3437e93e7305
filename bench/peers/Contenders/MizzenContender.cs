namespace Mizzen.Bench.Peers.Contenders;

internal sealed class MizzenContender(string program) : Contender
{
    public override string Name => "mizzen";

    public override IReadOnlyList<string> Command(string folder, int port, int backend)
    {
        var file = Path.Combine(folder, "mizzen.json");
        File.WriteAllText(file, $$$"""
            {
              "static_resources": {
                "listeners": [{
                  "name": "in",
                  "address": {"socket_address": {"address": "127.0.0.1", "port_value": {{{port}}}}},
                  "filter_chains": [{
                    "filters": [{
                      "name": "envoy.filters.network.http_connection_manager",
                      "typed_config": {
                        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                        "stat_prefix": "in",
                        "use_remote_address": true,
                        "route_config": {
                          "name": "in",
                          "virtual_hosts": [{
                            "name": "all",
                            "domains": ["*"],
                            "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "backend"}}]
                          }]
                        },
                        "http_filters": [{
                          "name": "envoy.filters.http.router",
                          "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}
                        }]
                      }
                    }]
                  }]
                }],
                "clusters": [{
                  "name": "backend",
                  "type": "STATIC",
                  "connect_timeout": "5s",
                  "load_assignment": {
                    "cluster_name": "backend",
                    "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": {{{backend}}} } } }}]}]
                  }
                }]
              }
            }
            """);
        return [program, "--config", file, "--concurrency", "1"];
    }
}
