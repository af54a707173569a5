# Mail::DKIM, asked by lines (judge.py): "dkim" or "arc" and the message in base64, in JSON; "= RESULT\tDETAIL" back.
use strict; use warnings; use JSON::PP; use MIME::Base64; use Mail::DKIM::Verifier; use Mail::DKIM::ARC::Verifier; use Mail::DKIM::DNS;
$| = 1;

package Answer;
sub type { "TXT" }
sub char_str_list { ($_[0]{text}) }
sub txtdata { $_[0]{text} }

package main;
sub ask {
  my ($name, $type) = @_;
  print "? $name $type\n";
  my ($code, $records) = @{decode_json(scalar <STDIN>)};
  die "SERVFAIL\n" if $code == 2;
  $@ = $code == 3 ? "NXDOMAIN" : "";
  return map { bless { text => $_->[2] }, "Answer" } grep { $_->[1] eq "TXT" } @$records;
}
{ no warnings;
  *Mail::DKIM::DNS::query = \&ask;
  *Mail::DKIM::DNS::query_async = sub {
    my ($name, $type, %on) = @_;
    my @found = eval { ask($name, $type) };
    my $error = $@;
    $error =~ /SERVFAIL/ ? $on{Callbacks}{Error}->($error) : $on{Callbacks}{Success}->(@found);
    return sub { die $error if $error =~ /SERVFAIL/; return @found };
  };
}

while (<STDIN>) {
  my ($kind, $message) = @{decode_json($_)};
  my ($result, $detail) = eval {
    local $SIG{__WARN__} = sub { };
    my $verifier = $kind eq "arc" ? Mail::DKIM::ARC::Verifier->new : Mail::DKIM::Verifier->new;
    $verifier->PRINT(decode_base64($message));
    $verifier->CLOSE;
    ($verifier->result, $verifier->result_detail);
  };
  ($result, $detail) = ("died", "$@") if $@;
  my $line = ($result // "") . "\t" . ($detail // ""); $line =~ s/[\r\n]+/ /g;
  print "= $line\n";
}
