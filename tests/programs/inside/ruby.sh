cat > /tmp/server.rb << 'RUBY'
require 'socket'
server = TCPServer.new('127.0.0.1', 8080)
loop do
  Thread.new(server.accept) do |client|
    while (line = client.gets) && line != "\r\n"; end
    client.write "HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\na page\n"
    client.close
  end
end
RUBY
cat > /tmp/library.rb << 'RUBY'
require 'open3'
require 'tempfile'
require 'digest'
require 'openssl'
require 'securerandom'
require 'timeout'
require 'etc'
require 'pty'
raise unless Open3.capture2('cat', stdin_data: 'x')[0] == 'x'
read, write = IO.pipe
pid = fork { write.puts 6 * 7 }
Process.wait(pid)
raise unless read.gets == "42\n"
raise unless Ractor.new { 6 * 7 }.take == 42
raise unless (1..4).map { |n| Thread.new { n * n } }.sum(&:value) == 30
raise unless Fiber.new { Fiber.yield 1 }.resume == 1
Tempfile.create { |file| file.write('x' * 10000); file.flush; file.flock(File::LOCK_EX) }
raise unless SecureRandom.hex(4).size == 8 && Etc.nprocessors.positive?
begin
  Timeout.timeout(0.1) { sleep }
  raise
rescue Timeout::Error
end
OpenSSL::PKey::RSA.new(2048)
PTY.spawn('echo x') { |output, *| raise unless output.gets.strip == 'x' }
puts '@library fine'
RUBY
ruby -W0 /tmp/library.rb
start ruby /tmp/server.rb
wait_for curl -fs http://127.0.0.1:8080/
say "answer $(curl -fs http://127.0.0.1:8080/)"
load ab_rate http://127.0.0.1:8080/
finish TERM
